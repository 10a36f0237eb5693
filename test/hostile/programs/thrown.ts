/** What is thrown where nobody expects it. */
export const thrown: Readonly<Record<string, () => unknown>> = {
  error: () => new Error('failed'),
  undefined: () => undefined,
  null: () => null,
  text: () => 'failed',
  bare: () => Object.create(null),
  trap: () =>
    Object.defineProperty(new Error('a'), 'message', {
      get() {
        throw new Error('the message failed');
      },
    }),
  revoked: () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
};
