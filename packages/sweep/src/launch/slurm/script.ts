/**
 * What each task of an array runs. It is the same for everybody: what it is to start are its arguments, which Slurm hands on as they are, so that no name of a file or a plugin
 * is ever read by a shell.
 *
 * Slurm says by USR2 that the time is nearly up. The trial then leaves in good order, or dies of the signal if it had not begun, and the task is put back into the queue. One that
 * was done just then (0) or cannot be (1) is not.
 */
export const TRIAL_SCRIPT = `#!/bin/sh
again=
"$@" --index "$SLURM_ARRAY_TASK_ID" &
trial=$!
trap 'again=yes; kill -TERM "$trial" 2>/dev/null' USR2
trap 'kill -TERM "$trial" 2>/dev/null' TERM INT
while :; do
  wait "$trial"
  code=$?
  # A signal ends the wait and not the trial.
  [ "$code" -ge 128 ] && kill -0 "$trial" 2>/dev/null || break
done
if [ -n "$again" ] && [ "$code" -gt 1 ]; then
  exec scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
`
