"""Stands in for the service: ready at once, every analysis is already complete."""
import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        if self.path.endswith("/report"):
            self.reply(200, "# Started\n")
        else:
            self.reply(200, '{"id":"1","status":"COMPLETED"}')

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.reply(202, '{"id":"1","status":"QUEUED"}')


HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
