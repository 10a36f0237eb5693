/** Whose pages may talk with the application, over HTTP and by Socket.IO: the same options for both. */
export const cors = {
  origin: (process.env['ORIGINS'] ?? 'http://localhost:5173').split(','),
  credentials: true,
};
