import type { FormEvent } from 'react';

/** Asks for a name. */
export function Door({ onEnter }: { readonly onEnter: (name: string) => void }) {
  const enter = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onEnter(String(new FormData(event.currentTarget).get('name')));
  };
  return (
    <form onSubmit={enter}>
      <input name="name" aria-label="Your name" placeholder="Your name" required />
      <button>Enter</button>
    </form>
  );
}
