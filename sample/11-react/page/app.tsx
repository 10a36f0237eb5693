import { useState } from 'react';
import { Door } from './door';
import { Talk } from './talk/talk';

export function App() {
  const [name, setName] = useState<string | null>(null);
  if (name === null) return <Door onEnter={setName} />;
  return <Talk name={name} onLeave={() => setName(null)} />;
}
