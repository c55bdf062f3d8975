import Testing

@testable import ReenactTriage

struct WrittenFrameTests {
    private static let written: [(String, String, String, Int)] = [
        ("File \"a.py\", line 3, in f", "f", "a.py", 3),
        ("at f (a.js:3:1)", "f", "a.js", 3),
        ("async Promise.all (index 0)", "async Promise.all", "", 0),
        ("renderUser@https://a.example/s.js:3:14", "renderUser", "https://a.example/s.js", 3),
        ("Cart.total (C:\\app\\cart.js:3:14)", "Cart.total", "C:\\app\\cart.js", 3),
        ("a.rb:3:in `f'", "f", "a.rb", 3),
        ("a.py:3 in f", "f", "a.py", 3),
        ("f a.go:3", "f", "a.go", 3),
        (
            "main.(*Server).pick(...)\n\t/src/app/server.go:12 +0x1d", "main.(*Server).pick(...)", "/src/app/server.go",
            12
        ),
        ("3: app::load\n      at ./src/main.rs:12:9", "app::load", "./src/main.rs", 12),
        (
            "#1  0x000055d0aa in Cache<int>::get (this=0x0, k=5) at /src/cache.cc:12", "Cache<int>::get",
            "/src/cache.cc", 12
        ),
        ("#0 0x55d0aa11 in get(int) /src/cache.cc:12:3", "get(int)", "/src/cache.cc", 12),
        ("  #2 0x7f2a in __libc_start_main (/lib/libc.so.6+0x29d90)", "__libc_start_main", "/lib/libc.so.6", 0),
        ("* frame #0: 0x0001 a.out`main + 4 at a.c:3:5", "main", "a.c", 3),
        ("3 [ra] 0x00005603 deep(_:) + 32 in shop at /srv/e.swift:2:9", "deep(_:)", "/srv/e.swift", 2),
        ("0 0x7f11 _assertionFailure(_:_:) + 165 in libswiftCore.so", "_assertionFailure(_:_:)", "", 0),
        ("3   Shop    0x0000000104a1 -[Cart total:] + 12", "-[Cart total:]", "", 0),
        ("4   Shop    0x0000000104a1 Cart.total() + 12 (Cart.swift:12)", "Cart.total()", "Cart.swift", 12),
        ("#00 pc 0000000000012345  /system/lib64/libc.so (abort+164) (BuildId: 12ab)", "abort", "", 0),
        ("shop.exe!Cart::total(int n) Line 12", "Cart::total", "shop.exe", 12),
        ("#0      _MyState.build (package:app/main.dart:12:5)", "_MyState.build", "package:app/main.dart", 12),
        ("#0 /var/www/Cart.php(12): App\\Cart->total(NULL)", "App\\Cart->total", "/var/www/Cart.php", 12),
        ("#2 {main}", "{main}", "", 0),
        ("(acme 0.1.10) lib/acme/cart.ex:10: Acme.Cart.total(nil)", "Acme.Cart.total", "lib/acme/cart.ex", 10),
        ("lib/a.ex:3: anonymous fn/2 in Acme.run/1", "anonymous fn/2 in Acme.run/1", "lib/a.ex", 3),
        ("at Acme.Orders.Get(Int32 id) in C:\\b\\Orders.cs:line 44", "Acme.Orders.Get", "C:\\b\\Orders.cs", 44),
        ("main::total(\"x\", 3) called at /srv/a.pl line 12", "main::total", "/srv/a.pl", 12),
        ("total, called at src/Cart.hs:12:5 in main:Cart", "total", "src/Cart.hs", 12),
        ("Raised at Cart.total in file \"cart.ml\", line 12, characters 3-5", "Cart.total", "cart.ml", 12),
        ("cart.lua:12: in function 'total'", "total", "cart.lua", 12),
        ("[1] total(x::Int64) @ Main ./cart.jl:3", "total(x::Int64)", "./cart.jl", 3),
        ("java.base/java.util.ArrayList.get(ArrayList.java:427)", "java.util.ArrayList.get", "ArrayList.java", 427),
        ("operator new(unsigned long)", "operator new(unsigned long)", "", 0),
        ("doIt", "doIt", "", 0),
    ]

    @Test(arguments: written)
    func `a frame is read in the form of its runtime`(_ text: String, _ function: String, _ file: String, _ line: Int) {
        let frame = FrameText.frame(text)
        #expect(frame?.function == function)
        #expect(frame?.file == file)
        #expect(frame?.line == line)
    }

    @Test func `the stack of an unknown runtime is innermost first, and headings in it are no frames`() {
        let text = """
            ** (FunctionClauseError) no function clause matching in Acme.Cart.total/1
                (acme 0.1.0) lib/acme/cart.ex:10: Acme.Cart.total(nil)
                (acme 0.1.0) lib/acme_web/cart_controller.ex:11: AcmeWeb.CartController.show/2
                (phoenix 1.7.1) lib/phoenix/router.ex:430: Phoenix.Router.__call__/5
            """
        let frames = WrittenFrame.frames(in: text)
        #expect(
            frames.map(\.function) == ["Phoenix.Router.__call__", "AcmeWeb.CartController.show", "Acme.Cart.total"])
        #expect(frames.map(\.inApp) == [false, true, true])
    }

    @Test func `Python's order is the other one`() {
        let text = "File \"a.py\", line 1, in main\n  run()\nFile \"b.py\", line 2, in run"
        #expect(WrittenFrame.frames(in: text).map(\.function) == ["main", "run"])
    }

    @Test(arguments: 0..<400)
    func `whatever a line holds, it is read without harm`(_ seed: Int) {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        let pieces = [
            "#3", " ", "0x1f", " in ", " at ", "(", ")", ":", "12", "a.c", "!", "+", "`", "@", "/", "\n", "\t", "é",
            "[ra]", "pc",
            "File \"", "\", line ", " called at ", " Line ", ".exe", "{main}", ": ", "::", "<", "frame #",
        ]
        var text = ""
        for _ in 0..<12 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            text += pieces[Int(state >> 33) % pieces.count]
        }
        let frame = FrameText.frame(text)
        #expect((frame?.function.utf8.count ?? 0) <= text.utf8.count)
        #expect(WrittenFrame.frames(in: text).count <= text.split(separator: "\n").count)
    }
}
