/** Shows what becomes of a socket's connection: the text in an element, the state in its `data-state`. */
function showConnection(socket, element) {
  const show = (state, text) => {
    element.dataset.state = state;
    element.textContent = text;
  };
  show('connecting', 'Connecting…');

  socket.on('connect', () => show('connected', 'Connected'));

  // An active socket comes back by itself; one that the server has disconnected does not.
  socket.on('disconnect', (reason) => {
    if (socket.active) show('reconnecting', `Connection lost (${reason})`);
    else show('closed', `Disconnected (${reason})`);
  });

  // Who is not let in is told why, and is not active any more.
  socket.on('connect_error', (error) => {
    if (!socket.active) show('refused', `Not let in: ${error.message}`);
  });

  // The manager, which all namespaces of a server share, counts its attempts.
  socket.io.on('reconnect_attempt', (attempt) => show('reconnecting', `Connecting again, attempt ${attempt}…`));
}
