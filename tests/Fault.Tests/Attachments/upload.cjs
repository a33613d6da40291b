// Uploads a file with tus-js-client, which resumes where the server says. Prints each response as a line of JSON.
'use strict';

const fs = require('node:fs');
const tus = require('tus-js-client');

const [url, path, token] = process.argv.slice(2);
const upload = new tus.Upload(fs.createReadStream(path), {
  uploadUrl: url,
  uploadSize: fs.statSync(path).size,
  chunkSize: 8 * 1024 * 1024,
  // The server needs a moment to store what has arrived before a cut.
  retryDelays: Array(30).fill(700),
  headers: { Authorization: `Bearer ${token}` },
  onAfterResponse: (request, response) => console.log(JSON.stringify({
    method: request.getMethod(), status: response.getStatus(), offset: Number(response.getHeader('Upload-Offset')),
  })),
  onError: error => {
    console.error(error.message);
    process.exitCode = 1;
  },
});
upload.start();
