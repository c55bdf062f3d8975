"""Invoices: settings, files, text and numbers that are not what they should be."""
import codecs, os, socket, struct, uuid
from enum import Enum
import requests
from flask import Flask, request

app = Flask("billing")
BANK = os.environ.get("BANK_URL", "http://127.0.0.1:1")


class State(Enum):
    OPEN = "open"
    PAID = "paid"


@app.route("/key")
def key():
    secret = os.environ["BILLING_API_KEY"]
    return secret[:1]


@app.route("/region")
def region():
    place = os.environ["BILLING_REGION"]
    return place


@app.route("/template/<int:number>")
def template(number):
    with open(f"/nonexistent/templates/invoice-{number}.html") as source:
        return source.read()


@app.route("/logo")
def logo():
    with open("/etc/ssl") as source:
        return source.read()


@app.route("/state/<word>")
def state(word):
    value = State(word)
    return value.name


@app.route("/text", methods=["POST"])
def text():
    content = request.data.decode("utf-8")
    return content


@app.route("/ascii", methods=["POST"])
def ascii_only():
    content = request.data.decode("utf-8")
    return codecs.encode(content, "ascii")


@app.route("/number/<word>")
def number(word):
    return str(float(word))


@app.route("/unique/<word>")
def unique(word):
    return str(uuid.UUID(word))


@app.route("/full")
def full():
    with open("/dev/full", "w", buffering=1) as sink:
        sink.write("x" * 100 + "\n")
    return "ok"


@app.route("/resolve/<int:number>")
def resolve(number):
    found = socket.getaddrinfo(f"bank-{number}.invalid", 443)
    return str(found)


@app.route("/dial")
def dial():
    line = socket.create_connection(("127.0.0.1", 1), timeout=0.3)
    return str(line)


@app.route("/balance/<int:number>")
def balance(number):
    reply = requests.get(f"{BANK}/balance/{number}", timeout=0.4).json()
    entry = reply["accounts"][0]
    return entry["owner"].strip() + str(entry["cents"] + 1)


@app.route("/transfer/<int:number>", methods=["POST"])
def transfer(number):
    reply = requests.post(f"{BANK}/transfer/{number}", json={"n": number}, timeout=0.4)
    if reply.status_code != 200:
        raise RuntimeError(f"transfer {number} was turned down")
    return reply.text


@app.route("/unpack", methods=["POST"])
def unpack():
    head = struct.unpack("<II", request.data)
    return str(head)


@app.route("/total/<int:number>")
def total(number):
    parts = {"net": number, "vat": None}
    return str(parts["net"] + parts["vat"])


@app.route("/label/<int:number>")
def label(number):
    parts = ["invoice", number]
    return "-".join(parts)
