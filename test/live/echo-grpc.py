"""A gRPC service and its client: `serve` prints its port; `call host:port name` one call of each kind that streams or not."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc


def unary(request, context):
    known = {key: value for key, value in context.invocation_metadata()}
    return json.dumps({"got": request.decode(), "client": known.get("x-forwarded-for")}).encode()


def stream(requests, context):
    for request in requests:
        yield request


if sys.argv[1] == "serve":
    server = grpc.server(ThreadPoolExecutor(4))
    methods = {
        "Say": grpc.unary_unary_rpc_method_handler(unary),
        "Chat": grpc.stream_stream_rpc_method_handler(stream),
    }
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test.Echo", methods)])
    print(server.add_insecure_port("0.0.0.0:0"), flush=True)
    server.start()
    server.wait_for_termination()
else:
    channel = grpc.insecure_channel(sys.argv[2], options=[("grpc.default_authority", sys.argv[3])])
    say = json.loads(channel.unary_unary("/test.Echo/Say")(b"hello", timeout=20))
    chat = [part.decode() for part in channel.stream_stream("/test.Echo/Chat")(iter([b"a", b"b", b"c"]), timeout=20)]
    print(json.dumps({"say": say, "chat": chat}))
