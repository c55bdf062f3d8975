print("reenact")
