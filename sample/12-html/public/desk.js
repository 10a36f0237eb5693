import { io } from '/socket.io/socket.io.esm.min.js';

const socket = io();

showConnection(socket, document.getElementById('connection'));

keepQuestions(socket, document.getElementById('questions'), ({ id, text, answer }) => {
  const line = document.createElement('li');
  line.append(text);
  if (answer === undefined) {
    line.append(answerForm(id));
  } else {
    const reply = document.createElement('p');
    reply.textContent = answer;
    line.append(reply);
  }
  return line;
});

function answerForm(id) {
  const form = document.createElement('form');
  const input = document.createElement('input');
  input.ariaLabel = 'Your answer';
  const button = document.createElement('button');
  button.textContent = 'Answer';
  form.append(input, button);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    // Answers are for now: after five seconds, or with the connection, the callback gets an error in front.
    socket.timeout(5_000).emit('answer', { id, text: input.value }, (error, answer) => {
      const failure = error ?? (answer.ok ? undefined : answer.error);
      document.getElementById('refusal').textContent = failure?.message ?? '';
    });
  });
  return form;
}
