export { closest } from './closest.ts'
export { describe } from './describe.ts'
export {
  AshlarError,
  ConfigError,
  DataError,
  EngineError,
  ExportError,
  type Problem,
  ShapeError,
  TrainingError,
  unknownName,
} from './errors.ts'
