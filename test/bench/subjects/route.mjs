/**
 * Decorates a method and its parameters: what the compiler makes of
 * `@Get() @UseInterceptors(X) download(@Res() response)`.
 *
 * @param {{ readonly prototype: object }} controller
 * @param {string} method
 * @param {{ method: MethodDecorator[], parameters?: ParameterDecorator[] }} decorators
 */
export function decorate(controller, method, decorators) {
  const { prototype } = controller;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, method);
  if (!descriptor) throw new TypeError(`No method ${method}.`);
  for (const apply of decorators.method) apply(prototype, method, descriptor);
  for (const [index, apply] of (decorators.parameters ?? []).entries()) {
    apply(prototype, method, index);
  }
}
