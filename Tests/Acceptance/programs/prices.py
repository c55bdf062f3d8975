"""prices.py PORT: answers NATS requests for prices; of one article it knows none."""
import socket
import sys

wire = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
wire.sendall(b'CONNECT {"verbose":false}\r\nSUB price.get 1\r\nPING\r\n')
stream = wire.makefile("rb")
for line in stream:
    words = line.split()
    if words[0] == b"PING":
        wire.sendall(b"PONG\r\n")
    elif words[0] == b"PONG":
        print("ready", flush=True)
    elif words[0] == b"MSG":
        article = stream.readline().strip()
        answer = b'{"article": "%s", "price": %s}' % (article, b"null" if article == b"b2" else b"10")
        wire.sendall(b"PUB %s %d\r\n%s\r\n" % (words[3], len(answer), answer))
