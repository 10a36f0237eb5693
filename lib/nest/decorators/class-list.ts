/** A class decorator that adds to a list: of the classes above it, and of other decorators of its kind. */
export function classList(key: string, entries: readonly unknown[]): ClassDecorator {
  return (target) => {
    const before = (Reflect.getMetadata(key, target) ?? []) as readonly unknown[];
    Reflect.defineMetadata(key, [...before, ...entries], target);
  };
}
