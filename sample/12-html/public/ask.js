const element = (id) => document.getElementById(id);

// Without a URL: the server that the page comes from. Lost connections are made again.
const socket = io();

showConnection(socket, element('connection'));

keepQuestions(socket, element('questions'), ({ text, answer }) => {
  const line = document.createElement('li');
  line.append(text);
  if (answer !== undefined) {
    const reply = document.createElement('p');
    reply.textContent = answer;
    line.append(reply);
  }
  return line;
});

element('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  const { value } = element('text');
  element('text').value = '';
  ask(value);
});

/** Without a connection the question waits in the socket, in order, and leaves with the next one. */
async function ask(text) {
  element('refusal').textContent = '';
  const line = document.createElement('li');
  line.textContent = text;
  element('waiting').append(line);
  try {
    const answer = await socket.emitWithAck('ask', text);
    // What a handler of `@SubscribeAck()` throws is an answer, too.
    if (!answer.ok) throw new Error(`${answer.error.status}: ${answer.error.message}`);
  } catch (error) {
    // Nobody knows what became of a question whose connection was lost under way: the user decides.
    element('text').value ||= text;
    element('refusal').textContent = error.message;
  } finally {
    line.remove();
  }
}
