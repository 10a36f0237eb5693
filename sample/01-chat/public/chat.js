import { io } from './socket.io/socket.io.esm.min.js';

const element = (id) => document.getElementById(id);
const socket = io('/chat', { autoConnect: false });

/** Who we are and where, once we have joined. */
let me = null;
const typing = new Map();
let stopTyping = 0;

element('join').addEventListener('submit', (event) => {
  event.preventDefault();
  me = { nickname: element('nickname').value.trim(), room: element('room').value.trim() };
  if (socket.connected) join();
  else socket.connect();
});

element('leave').addEventListener('click', () => {
  me = null;
  socket.disconnect();
  element('chat').hidden = true;
  element('door').hidden = false;
});

element('send').addEventListener('submit', async (event) => {
  event.preventDefault();
  const input = element('text');
  const text = input.value.trim();
  if (text === '') return;
  input.value = '';
  tellTyping(false);
  const line = showMessage({ from: me.nickname, text, sentAt: Date.now() }, 'pending');
  try {
    const answer = await socket.timeout(5000).emitWithAck('send', text);
    if (!answer.ok) throw new Error(answer.error.message);
    line.classList.remove('pending');
  } catch (error) {
    line.remove();
    input.value = text;
    showNotice(`Not sent: ${error.message}`);
  }
});

element('text').addEventListener('input', () => {
  tellTyping(element('text').value !== '');
});

// Also after a reconnection: the room is joined anew, and its history shown.
socket.on('connect', join);

socket.on('disconnect', () => setStatus('Connecting…', false));

socket.on('connect_error', (error) => {
  setStatus('Connecting…', false);
  element('refusal').textContent = `No connection: ${error.message}`;
});

socket.on('message', (message) => {
  setTyping(message.from, false);
  showMessage(message);
});

socket.on('members', (nicknames) => {
  element('count').textContent = `· ${nicknames.length}`;
  element('members').replaceChildren(
    ...nicknames.map((nickname) => {
      const item = document.createElement('li');
      item.append(avatar(nickname), nickname === me?.nickname ? `${nickname} (you)` : nickname);
      return item;
    }),
  );
  for (const nickname of typing.keys()) if (!nicknames.includes(nickname)) setTyping(nickname, false);
});

socket.on('typing', (notice) => setTyping(notice.nickname, notice.isTyping));

socket.on('announcement', (text) => showNotice(`📣 ${text}`));

async function join() {
  if (me === null) return;
  const answer = await socket.emitWithAck('join', me);
  if (!answer.ok) {
    element('refusal').textContent = answer.error.message;
    element('chat').hidden = true;
    element('door').hidden = false;
    return;
  }
  element('refusal').textContent = '';
  element('door').hidden = true;
  element('chat').hidden = false;
  element('title').textContent = `# ${me.room}`;
  setStatus(`Connected as ${me.nickname}`, true);
  element('messages').replaceChildren();
  for (const message of answer.data) showMessage(message);
  if (answer.data.length === 0) showNotice('Nothing has been said here yet.').id = 'silence';
  element('text').focus();
}

function tellTyping(isTyping) {
  clearTimeout(stopTyping);
  if (isTyping) stopTyping = setTimeout(() => tellTyping(false), 3000);
  socket.volatile.emit('typing', isTyping);
}

function setTyping(nickname, isTyping) {
  clearTimeout(typing.get(nickname));
  typing.delete(nickname);
  // Whoever falls silent without saying so stops typing by himself.
  if (isTyping)
    typing.set(
      nickname,
      setTimeout(() => setTyping(nickname, false), 5000),
    );
  const names = [...typing.keys()];
  element('typing').textContent =
    names.length === 0 ? '' : names.length === 1 ? `${names[0]} is typing…` : `${names.join(', ')} are typing…`;
}

function setStatus(text, isOnline) {
  element('status').textContent = text;
  element('status').classList.toggle('online', isOnline);
}

function showMessage({ from, text, sentAt }, state) {
  element('silence')?.remove();
  const line = document.createElement('li');
  if (state !== undefined) line.classList.add(state);
  if (from === me?.nickname) line.classList.add('mine');
  const body = document.createElement('div');
  const meta = document.createElement('p');
  meta.className = 'meta';
  const name = document.createElement('b');
  name.textContent = from;
  const time = new Date(sentAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  meta.append(name, time);
  const bubble = document.createElement('p');
  bubble.className = 'bubble';
  bubble.textContent = text;
  body.append(meta, bubble);
  line.append(avatar(from), body);
  return show(line);
}

function showNotice(text) {
  const line = document.createElement('li');
  line.className = 'notice';
  line.textContent = text;
  return show(line);
}

function show(line) {
  const messages = element('messages');
  messages.append(line);
  messages.scrollTop = messages.scrollHeight;
  return line;
}

function avatar(nickname) {
  const circle = document.createElement('span');
  circle.className = 'avatar';
  circle.ariaHidden = 'true';
  circle.textContent = nickname.slice(0, 1).toUpperCase();
  let hue = 0;
  for (const letter of nickname) hue = (hue * 31 + letter.codePointAt(0)) % 360;
  circle.style.setProperty('--hue', hue);
  return circle;
}
