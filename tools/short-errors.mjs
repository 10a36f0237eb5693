const parseError = `
  export class ParseError extends Error {
    constructor(reason, options) {
      super(reason, options);
      this.name = 'ParseError';
      this.code = 'PARSE_ERROR';
      this.reason = reason;
    }
  }
`;

/** An esbuild plugin: in browser builds, the message of a `ParseError` is the name of its reason. */
export const shortErrors = {
  name: 'short-errors',
  setup(build) {
    build.onLoad({ filter: /[\\/]protocol[\\/]parse-error\.ts$/ }, () => ({ contents: parseError, loader: 'js' }));
  },
};
