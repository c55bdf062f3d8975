"""A name server on one address: a text record for every name that begins with `have`, nothing for others."""
import socket
import sys


def answer(query: bytes) -> bytes:
    end = query.index(b"\0", 12) + 5
    has = query[13:17] == b"have"
    record = b"\xc0\x0c\0\x10\0\x01\0\0\0\x3c\0\x06\x05hello" if has else b""
    return query[:2] + b"\x85\x80\0\x01" + (b"\0\x01" if has else b"\0\0") + b"\0\0\0\0" + query[12:end] + record


server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 53))
print("ready", flush=True)
while True:
    question, client = server.recvfrom(2048)
    server.sendto(answer(question), client)
