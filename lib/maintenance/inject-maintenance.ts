import { Inject, type InjectionToken } from '@nestjs/common';
import { MaintenanceService } from './maintenance.service.js';

/**
 * The injection token of a configuration's MaintenanceService: the class itself
 * for the one without a name.
 */
export function getMaintenanceServiceToken(name?: string): InjectionToken {
  return name === undefined ? MaintenanceService : `MaintenanceService:${name}`;
}

/**
 * Injects the MaintenanceService of a named configuration:
 * `constructor(@InjectMaintenance('archive') private maintenance: MaintenanceService)`.
 */
export function InjectMaintenance(
  name?: string,
): PropertyDecorator & ParameterDecorator {
  return Inject(getMaintenanceServiceToken(name));
}
