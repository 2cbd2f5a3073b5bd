"""What a cloud's machine is told by its vendor alone: Google's and Amazon's metadata, and ECR's tokens over TLS."""
import base64, json, ssl, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

google, amazon, certificate = sys.argv[1:]
account = "/computeMetadata/v1/instance/service-accounts/default/token"
roles = "/latest/meta-data/iam/security-credentials/"
session = {"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "AKIDROLE", "SecretAccessKey": "s", "Token": "session",
           "LastUpdated": "2026-01-01T00:00:00Z", "Expiration": "2036-01-01T00:00:00Z"}


class Service(BaseHTTPRequestHandler):
    def answer(self, text="", status=200):
        self.send_response(status)
        self.send_header("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "600")
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_PUT(self):
        self.answer("imds")

    def do_GET(self):
        if self.path == account and self.headers.get("Metadata-Flavor") == "Google":
            self.answer(json.dumps({"access_token": google, "expires_in": 3000, "token_type": "Bearer"}))
        elif self.path.startswith(roles) and self.headers.get("X-Aws-Ec2-Metadata-Token") == "imds":
            self.answer("machine" if self.path == roles else json.dumps(session))
        else:
            self.answer(status=404)

    def do_POST(self):
        signed = self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=AKIDROLE/")
        if not signed or self.headers.get("X-Amz-Security-Token") != "session":
            return self.answer('{"__type":"AccessDeniedException"}', 400)
        token = base64.b64encode(f"AWS:{amazon}".encode()).decode()
        endpoint = "https://123456789012.dkr.ecr.eu-central-1.amazonaws.com"
        self.answer(json.dumps({"authorizationData": [
            {"authorizationToken": token, "expiresAt": 2082758400, "proxyEndpoint": endpoint}]}))


metadata = ThreadingHTTPServer(("169.254.169.254", 80), Service)
threading.Thread(target=metadata.serve_forever).start()
api = ThreadingHTTPServer(("127.0.0.1", 443), Service)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate)
api.socket = context.wrap_socket(api.socket, server_side=True)
api.serve_forever()
