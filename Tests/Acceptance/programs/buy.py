"""buy.py ADDRESS NAME: a command that asks the price list what a thing costs, and tells it with tax."""
import json
import sys
import urllib.request

trace = "00-4bf92f3577b34da6a3ce929d0e0e4737-00f067aa0ba902b7-01"
request = urllib.request.Request("%s/price/%s" % tuple(sys.argv[1:3]), headers={"traceparent": trace})
with urllib.request.urlopen(request, timeout=20) as answer:
    price = json.loads(answer.read())["price"]
print("%.2f" % (price * 1.2))
