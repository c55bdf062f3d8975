import ReenactTimeline
import Testing

@testable import ReenactTriage

/// Frames as SDKs of many languages send them, of one function in two builds, and of two functions.
struct FrameNameTests {
    typealias Place = (function: String, file: String, module: String)

    private func name(_ place: Place) -> String {
        FrameName.of(
            .init(
                function: place.function, file: place.file.isEmpty ? place.module : place.file, line: 1,
                module: place.module))
    }

    private static let one: [(Place, Place)] = [
        (
            ("t.value", "https://shop.example.com/static/js/main.4f3a2b1c.js", ""),
            ("e.value", "https://shop.example.com/static/js/main.77aa2b1c.js", "")
        ),
        (
            ("Object.eR", "https://shop.example.com/static/js/main.4f3a2b1c.js", ""),
            ("Object.aQ", "https://shop.example.com/static/js/main.99aa2b1c.js", "")
        ),
        (
            ("t.render", "https://shop.example.com/static/js/main.4f3a2b1c.js", ""),
            ("n.render", "https://shop.example.com/static/js/main.99aa2b1c.js", "")
        ),
        (
            ("onClick", "app:///_next/static/chunks/pages/cart-0123456789abcdef.js", ""),
            ("onClick", "app:///_next/static/chunks/pages/cart-fedcba9876543210.js", "")
        ),
        (
            ("onClick", "app:///_next/static/chunks/1234-0123456789abcdef.js", ""),
            ("onClick", "app:///_next/static/chunks/8765-fedcba9876543210.js", "")
        ),
        (
            ("onClick", "https://x.y/assets/index-BX3kd9Wa.js", ""),
            ("onClick", "https://x.y/assets/index-DqWzPmLk.js", "")
        ),
        (
            ("onClick", "https://x.y/assets/index-B_3k-9Wa.js", ""),
            ("onClick", "https://x.y/assets/index-Dq-ZP_Lk.js", "")
        ),
        (("total", "webpack:///./src/cart.ts?a1b2", ""), ("total", "webpack:///./src/cart.ts?99ff", "")),
        (
            ("total/<", "https://shop.example.com/static/js/cart.js", ""),
            ("total/</<", "https://shop.example.com/static/js/cart.js", "")
        ),
        (
            ("async*total", "https://shop.example.com/static/js/cart.js", ""),
            ("total", "https://shop.example.com/static/js/cart.js", "")
        ),
        (
            ("Object.n.<computed>", "https://shop.example.com/static/js/app.12345678.js", ""),
            ("Object.r.<computed>", "https://shop.example.com/static/js/app.abcdef12.js", "")
        ),
        (("async Promise.all (index 0)", "<anonymous>", ""), ("async Promise.all (index 3)", "<anonymous>", "")),
        (
            ("eval", "eval at <anonymous> (https://x/a.js:1:1)", ""),
            ("eval", "eval at <anonymous> (https://x/a.js:99:7)", "")
        ),
        (
            ("total", "blob:https://x.y/5e6f7a80-1111-2222-3333-444455556666", ""),
            ("total", "blob:https://x.y/00000000-aaaa-bbbb-cccc-ddddeeeeffff", "")
        ),
        (
            ("inject", "chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb/inject.js", ""),
            ("inject", "chrome-extension://bbpbdbdomjkkjkaonfhkkikfgjllcled/inject.js", "")
        ),
        (("anonymous", "app:///index.android.bundle", ""), ("?", "app:///index.android.bundle", "")),
        (
            (
                "onPress",
                "/data/user/0/com.shop/files/CodePush/0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9/CodePush/index.android.bundle",
                ""
            ),
            (
                "onPress",
                "/data/user/0/com.shop/files/CodePush/ffff2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9/CodePush/index.android.bundle",
                ""
            )
        ),
        (("t", "app:///index.android.bundle", ""), ("n", "app:///index.android.bundle", "")),
        (
            ("Cart.total", "/srv/releases/20260101120000/dist/cart.js", "cart"),
            ("Cart.total", "/srv/releases/20260102130000/dist/cart.js", "cart")
        ),
        (("Object.<anonymous>", "/srv/cart.js", ""), ("<anonymous>", "/srv/cart.js", "")),
        (("Cart.total [as run]", "/srv/cart.js", ""), ("Cart.total", "/srv/cart.js", "")),
        (("lambda$total$0", "Cart.java", "com.shop.Cart"), ("lambda$total$7", "Cart.java", "com.shop.Cart")),
        (
            ("apply", "", "com.shop.Cart$$Lambda$12/0x0000000800c9a840"),
            ("apply", "", "com.shop.Cart$$Lambda/0x00007f1100d1c000")
        ),
        (
            ("total", "<generated>", "com.shop.Cart$$SpringCGLIB$$0"),
            ("total", "<generated>", "com.shop.Cart$$SpringCGLIB$$1")
        ),
        (
            ("total", "", "com.shop.Cart$$EnhancerBySpringCGLIB$$1a2b3c4d"),
            ("total", "", "com.shop.Cart$$EnhancerBySpringCGLIB$$99887766")
        ),
        (("run", "", "com.shop.Cart$1"), ("run", "", "com.shop.Cart$3")),
        (("invokeSuspend", "Cart.kt", "com.shop.Cart$total$2"), ("invokeSuspend", "Cart.kt", "com.shop.Cart$total$5")),
        (
            ("onClick", "R8$$SyntheticClass", "com.shop.Cart$$ExternalSyntheticLambda0"),
            ("onClick", "R8$$SyntheticClass", "com.shop.Cart$$ExternalSyntheticLambda3")
        ),
        (
            ("onClick", "", "com.shop.Cart$$ExternalSyntheticLambda0"),
            ("onClick", "", "com.shop.Cart$$ExternalSyntheticLambda3")
        ),
        (
            ("run", "lambda", "com.shop.-$$Lambda$Cart$Qx7Zk9aBcDeFgHiJkLmNoPqRsTu"),
            ("run", "lambda", "com.shop.-$$Lambda$Cart$aa7Zk9aBcDeFgHiJkLmNoPqRsTu")
        ),
        (
            ("invoke", "", "jdk.internal.reflect.GeneratedMethodAccessor123"),
            ("invoke", "", "jdk.internal.reflect.GeneratedMethodAccessor9")
        ),
        (
            ("onClick", "r8-map-id-3f9a1c2b3f9a1c2b3f9a1c2b3f9a1c2b3f9a1c2b3f9a1c2b3f9a1c2b3f9a1c2b", "com.shop.Cart"),
            ("onClick", "r8-map-id-aaaa1c2b3f9a1c2b3f9a1c2b3f9a1c2b3f9a1c2b3f9a1c2b3f9a1c2b3f9a1c2b", "com.shop.Cart")
        ),
        (
            ("$anonfun$total$1", "Cart.scala", "com.shop.Cart"),
            ("$anonfun$total$1$adapted", "Cart.scala", "com.shop.Cart")
        ),
        (("(*Cart).Total.func1", "cart.go", "shop/cart"), ("(*Cart).Total.func2.1", "cart.go", "shop/cart")),
        (("(*Cart).Total.deferwrap1", "cart.go", "shop/cart"), ("(*Cart).Total.deferwrap2", "cart.go", "shop/cart")),
        (("Total.func1", "", "shop/cart"), ("Total.func3", "", "shop/cart")),
        (("Map[...]", "slice.go", "shop/x"), ("Map[go.shape.int,go.shape.string]", "slice.go", "shop/x")),
        (("init.0", "cart.go", "shop/cart"), ("init.1", "cart.go", "shop/cart")),
        (("glob..func1", "cart.go", "shop/cart"), ("glob..func4", "cart.go", "shop/cart")),
        (
            ("(*DB).Query", "/go/pkg/mod/github.com/acme/db@v1.2.3/db.go", "github.com/acme/db"),
            ("(*DB).Query", "/go/pkg/mod/github.com/acme/db@v1.9.0/db.go", "github.com/acme/db")
        ),
        (("(*Cart).Total", "cart.go", "shop"), ("(*Cart).Total-fm", "cart.go", "shop")),
        (("block (2 levels) in total", "app/models/cart.rb", ""), ("block in total", "app/models/cart.rb", "")),
        (("block in Shop::Cart#total", "app/models/cart.rb", ""), ("Shop::Cart#total", "app/models/cart.rb", "")),
        (
            ("_app_views_carts_show_html_erb__1234567890123456789_70123456", "app/views/carts/show.html.erb", ""),
            ("_app_views_carts_show_html_erb___876543210987654321_22040", "app/views/carts/show.html.erb", "")
        ),
        (("total", "app/models/cart.rb", ""), ("Cart#total", "app/models/cart.rb", "")),
        (
            ("total", "/srv/releases/20260101120000/app/models/cart.rb", ""),
            ("total", "/srv/releases/20260109120000/app/models/cart.rb", "")
        ),
        (
            ("class@anonymous\u{0}/var/www/releases/1/app/x.php:12$0::handle", "/var/www/releases/1/app/x.php", ""),
            ("class@anonymous\u{0}/var/www/releases/22/app/x.php:19$3a::handle", "/var/www/releases/22/app/x.php", "")
        ),
        (
            ("App\\Base@anonymous::run", "/var/www/app/x.php", ""),
            ("App\\Base@anonymous/var/www/app/x.php:7$2::run", "/var/www/app/x.php", "")
        ),
        (
            ("{closure:/var/www/releases/12/routes/web.php:17}", "/var/www/releases/12/routes/web.php", ""),
            ("{closure:/var/www/releases/13/routes/web.php:21}", "/var/www/releases/13/routes/web.php", "")
        ),
        (("App\\Cart::{closure}", "/srv/app/Cart.php", ""), ("App\\Cart::App\\{closure}", "/srv/app/Cart.php", "")),
        (
            ("include", "/srv/storage/framework/views/3f9a1c2b3f9a1c2b3f9a1c2b3f9a1c2b3f9a1c2b.php", ""),
            ("include", "/srv/storage/framework/views/aaaa1c2b3f9a1c2b3f9a1c2b3f9a1c2b3f9a1c2b.php", "")
        ),
        (
            (
                "__TwigTemplate_3f9a1c2b3f9a1c2b3f9a1c2b3f9a1c2b::doDisplay",
                "/srv/var/cache/prod/twig/3f/3f9a1c2b3f9a1c2b3f9a1c2b3f9a1c2b.php", ""
            ),
            (
                "__TwigTemplate_0000aa2b3f9a1c2b3f9a1c2b3f9a1c2b::doDisplay",
                "/srv/var/cache/prod/twig/00/0000aa2b3f9a1c2b3f9a1c2b3f9a1c2b.php", ""
            )
        ),
        (("total", "/srv/a.php(12) : eval()'d code", ""), ("total", "/srv/a.php(31) : eval()'d code", "")),
        (
            ("Proxies\\__CG__\\App\\Cart::total", "/srv/var/cache/ContainerA1b2c3D/Cart.php", ""),
            ("Proxies\\__CG__\\App\\Cart::total", "/srv/var/cache/ContainerZ9y8x7W/Cart.php", "")
        ),
        (
            (
                "ContainerA1b2c3D\\App_KernelProdContainer::getCart",
                "/srv/var/cache/prod/ContainerA1b2c3D/getCart.php", ""
            ),
            (
                "ContainerZ9y8x7W\\App_KernelProdContainer::getCart",
                "/srv/var/cache/prod/ContainerZ9y8x7W/getCart.php", ""
            )
        ),
        (("MoveNext", "Cart.cs", "Shop.Cart+<Total>d__12"), ("MoveNext", "Cart.cs", "Shop.Cart+<Total>d__9")),
        (("MoveNext", "", "Shop.Cart+<Total>d__12"), ("MoveNext", "", "Shop.Cart+<Total>d__9")),
        (
            ("Shop.Cart.<Total>d__12.MoveNext()", "Cart.cs", "Shop.Cart"),
            ("Shop.Cart.<Total>d__3.MoveNext()", "Cart.cs", "Shop.Cart")
        ),
        (("<Total>b__0", "", "Shop.Cart+<>c__DisplayClass3_0"), ("<Total>b__2", "", "Shop.Cart+<>c__DisplayClass5_1")),
        (("<Total>g__Inner|3_0", "Cart.cs", "Shop.Cart"), ("<Total>g__Inner|4_1", "Cart.cs", "Shop.Cart")),
        (("lambda_method12", "", ""), ("lambda_method77", "", "")),
        (
            ("async Task<int> Total(string code)", "Cart.cs", "Shop.Cart"),
            ("async Task<int> Total(string key)", "Cart.cs", "Shop.Cart")
        ),
        (
            ("Find", "Repo.cs", "Shop.Repo`1[[Shop.User, Shop, Version=1.0.0.0]]"),
            ("Find", "Repo.cs", "Shop.Repo`1[[Shop.User, Shop, Version=1.2.0.0]]")
        ),
        (
            ("ExecuteAsync", "", "AspNetCore.Views_Home_Index+<ExecuteAsync>d__12"),
            ("ExecuteAsync", "", "AspNetCore.Views_Home_Index+<ExecuteAsync>d__8")
        ),
        (
            ("shop::cart::total::h0123456789abcdef", "src/cart.rs", ""),
            ("shop::cart::total::hfedcba9876543210", "src/cart.rs", "")
        ),
        (
            ("shop[1a2b3c4d5e6f7890]::cart::total", "src/cart.rs", ""),
            ("shop[99bbcc4d5e6f7890]::cart::total", "src/cart.rs", "")
        ),
        (("shop::cart::total::{{closure}}", "src/cart.rs", ""), ("shop::cart::total::{closure#2}", "src/cart.rs", "")),
        (
            ("shop::cart::total::{closure_env#0}", "src/cart.rs", ""),
            ("shop::cart::total::{closure_env#3}", "src/cart.rs", "")
        ),
        (
            ("shop::repo::find<shop::User>", "src/repo.rs", ""),
            ("shop::repo::find<shop::user::User>", "src/repo.rs", "")
        ),
        (("shop::cart::total::{async_fn#0}", "src/cart.rs", ""), ("shop::cart::total::{{closure}}", "src/cart.rs", "")),
        (("shop::cart::{impl#3}::total", "src/cart.rs", ""), ("shop::cart::{impl#5}::total", "src/cart.rs", "")),
        (
            ("shop::cart::total.llvm.1234567890123456789", "src/cart.rs", ""),
            ("shop::cart::total.llvm.99887", "src/cart.rs", "")
        ),
        (("shop::total(int) [clone .constprop.0]", "cart.cc", ""), ("shop::total(int)", "cart.cc", "")),
        (
            ("shop::total(std::string const&, int)", "cart.cc", ""),
            ("shop::total(const std::string &, int)", "cart.cc", "")
        ),
        (
            (
                "Cart.total()",
                "/private/var/containers/Bundle/Application/7F3E9A10-12AB-4C3D-9E8F-001122334455/Shop.app/Shop", ""
            ),
            (
                "Cart.total()",
                "/private/var/containers/Bundle/Application/00000000-12AB-4C3D-9E8F-001122334455/Shop.app/Shop", ""
            )
        ),
        (
            ("__44-[CartViewController viewDidLoad]_block_invoke", "CartViewController.m", ""),
            ("__44-[CartViewController viewDidLoad]_block_invoke_2", "CartViewController.m", "")
        ),
        (
            ("closure #1 in Cart.total()", "Cart.swift", ""),
            ("closure #2 in closure #1 in Cart.total()", "Cart.swift", "")
        ),
        (("specialized Cart.total()", "Cart.swift", ""), ("Cart.total()", "Cart.swift", "")),
        (
            ("(1) suspend resume partial function for Cart.total()", "Cart.swift", ""),
            ("(3) suspend resume partial function for Cart.total()", "Cart.swift", "")
        ),
    ]

    private static let two: [(Place, Place)] = [
        (("total", "webpack:///./src/cart.ts", ""), ("total", "webpack:///./src/order.ts", "")),
        (
            ("renderCart", "https://shop.example.com/static/js/main.4f3a2b1c.js", ""),
            ("renderOrder", "https://shop.example.com/static/js/main.4f3a2b1c.js", "")
        ),
        (("total", "", "com.shop.Cart"), ("total", "", "com.shop.Order")),
        (("(*Cart).Total", "x.go", "shop"), ("(*Order).Total", "x.go", "shop")),
        (("MoveNext", "", "Shop.Cart+<Total>d__12"), ("MoveNext", "", "Shop.Cart+<Pay>d__12")),
        (("MoveNext", "Cart.cs", "Shop.Cart+<Total>d__12"), ("MoveNext", "Cart.cs", "Shop.Cart+<Pay>d__12")),
        (("handler1", "a.py", ""), ("handler2", "a.py", "")),
        (("total", "Cart.java", "com.shop.Cart$Item"), ("total", "Cart.java", "com.shop.Cart$Order")),
        (
            ("<shop::Cart as shop::Total>::total", "src/a.rs", ""),
            ("<shop::Order as shop::Total>::total", "src/a.rs", "")
        ),
        (("shop::Cart::operator<(int)", "a.cc", ""), ("shop::Cart::operator<<(int)", "a.cc", "")),
        (("Cart#total", "a.rb", ""), ("Cart#pay", "a.rb", "")),
        (("Total(String)", "Cart.cs", "Shop.Cart"), ("Pay(String)", "Cart.cs", "Shop.Cart")),
        (("Cart.total(of:)", "Cart.swift", ""), ("Cart.total(in:)", "Cart.swift", "")),
        (("App\\Cart::{closure}", "/srv/app/Cart.php", ""), ("App\\Cart::total", "/srv/app/Cart.php", "")),
        (
            ("t.pay", "https://shop.example.com/static/js/main.4f3a2b1c.js", ""),
            ("t.render", "https://shop.example.com/static/js/main.4f3a2b1c.js", "")
        ),
        (
            ("onClick", "https://shop.example.com/static/js/cart.4f3a2b1c.js", ""),
            ("onClick", "https://shop.example.com/static/js/order.4f3a2b1c.js", "")
        ),
        (("(*Cart).Total.func1", "cart.go", "shop"), ("(*Cart).Pay.func1", "cart.go", "shop")),
    ]

    @Test(arguments: one)
    func `what a build, a runtime or a symbol reader puts into a name does not count`(_ one: Place, _ other: Place) {
        #expect(name(one) == name(other))
    }

    @Test(arguments: two)
    func `two functions have two names`(_ one: Place, _ other: Place) {
        #expect(name(one) != name(other))
    }

    @Test func `a used up stack is known by its circle`() {
        let (even, odd) = ("even a.js", "odd a.js")
        let one = Overflow.cycle(
            "RangeError", "Maximum call stack size exceeded",
            ["x"] + Array(repeating: [even, odd], count: 20).flatMap { $0 } + ["main"])
        let other = Overflow.cycle(
            "RangeError", "Maximum call stack size exceeded", Array(repeating: [odd, even], count: 9).flatMap { $0 })
        #expect(one == [even, odd] && other == one)
        #expect(Overflow.cycle("RangeError", "invalid date", [even, even, even]) == nil)
    }

    @Test func `any bytes make a name`() {
        var random = SplitMix(seed: 17)
        let seeds = FrameNameTests.one.flatMap { [$0.0, $0.1] }
        for _ in 0..<4000 {
            let seed = seeds.randomElement(using: &random)!
            func mangled(_ text: String) -> String {
                String(decoding: random.mangled(Array(text.utf8)), as: UTF8.self)
            }
            _ = name((mangled(seed.function), mangled(seed.file), mangled(seed.module)))
            _ = FrameName.type(mangled(seed.function))
        }
    }
}
