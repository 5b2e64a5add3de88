import { Inject, type InjectionToken } from '@nestjs/common';
import { FlaskImportService } from './flask-import.js';

/**
 * The injection token of a configuration's FlaskImportService: the class itself
 * for the one without a name.
 */
export function getFlaskImportServiceToken(name?: string): InjectionToken {
  return name === undefined ? FlaskImportService : `FlaskImportService:${name}`;
}

/**
 * Injects the FlaskImportService of a named configuration:
 * `constructor(@InjectFlaskImport('archive') private flask: FlaskImportService)`.
 */
export function InjectFlaskImport(
  name?: string,
): PropertyDecorator & ParameterDecorator {
  return Inject(getFlaskImportServiceToken(name));
}
