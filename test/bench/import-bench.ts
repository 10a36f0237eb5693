/** Files of the benchmark, which is JavaScript, as one object of all their exports. */
export async function importBench<T>(...files: readonly string[]): Promise<T> {
  const modules = files.map((file) => import(new URL(`../../bench/${file}`, import.meta.url).href) as Promise<object>);
  return Object.assign({}, ...(await Promise.all(modules))) as T;
}
