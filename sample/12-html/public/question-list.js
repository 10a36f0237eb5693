/** Keeps a list as the server tells it; `lineOf` makes the line of a question. */
function keepQuestions(socket, list, lineOf) {
  const put = (question) => {
    const line = lineOf(question);
    line.id = `question-${question.id}`;
    const old = document.getElementById(line.id);
    if (old === null) list.append(line);
    else old.replaceWith(line);
  };
  socket.on('questions', (all) => {
    list.replaceChildren();
    all.forEach(put);
  });
  socket.on('question', put);
}
