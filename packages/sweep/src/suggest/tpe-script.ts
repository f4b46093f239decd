/**
 * What runs in Python: one JSON object a line in, one out. The study lives in memory, is told of everything each time it is asked anew, and draws from a seed,
 * so that it gives the same as one that was never stopped.
 */
export const TPE_SCRIPT: string = `
import json, sys
import optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)

def distribution(p):
    if p["kind"] == "choices":
        return optuna.distributions.CategoricalDistribution(list(range(p["count"])))
    if p.get("steps") is not None:
        return optuna.distributions.IntDistribution(0, p["steps"])
    if p["whole"]:
        return optuna.distributions.IntDistribution(p["low"], p["high"], log=p["log"])
    return optuna.distributions.FloatDistribution(p["low"], p["high"], log=p["log"])

for line in sys.stdin:
    asked = json.loads(line)
    space = {p["key"]: distribution(p) for p in asked["parameters"]}
    sampler = optuna.samplers.TPESampler(
        seed=asked["seed"], n_startup_trials=asked["startup"], multivariate=asked["multivariate"], constant_liar=True
    )
    study = optuna.create_study(sampler=sampler)
    for one in asked["observed"]:
        state = optuna.trial.TrialState.COMPLETE if one["score"] is not None else optuna.trial.TrialState.RUNNING
        study.add_trial(optuna.trial.create_trial(
            state=state, params=one["params"], distributions=space, value=one["score"]
        ))
    trial = study.ask(space)
    print(json.dumps({"params": trial.params}), flush=True)
`
