"""Takes orders. Arguments: port, ports of pricing, inventory and payments, the database."""
import sys

from service import ask, row, serve

PORT, PRICING, INVENTORY, PAYMENTS = map(int, sys.argv[1:5])
DATABASE = sys.argv[5]


def orders(query, body):
    product, quantity = body["product"], body["quantity"]
    known = row(DATABASE, "SELECT id, name, supplier FROM products WHERE id = ?", product)
    supplier = known["supplier"].strip()
    price = float(ask("http://127.0.0.1:%d/price?product=%s" % (PRICING, product))["price"])
    stock = ask("http://127.0.0.1:%d/stock?product=%s" % (INVENTORY, product))["stock"]
    total = price * min(quantity, stock)
    if known["name"] == "voucher":
        total = total - 100
    paid = ask("http://127.0.0.1:%d/charge" % PAYMENTS, {"amount": total, "product": product, "supplier": supplier})
    return {"total": total, "receipt": paid["receipt"]}


serve(PORT, {"/orders": orders})
