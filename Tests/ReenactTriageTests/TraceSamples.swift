/// What real programs printed: php 8.2, go 1.19, java 17, node 20, python 3.11, swift 6.3, rust, g++ 12 on Debian 12.
/// Ruby and .NET are not installed here: theirs are written after their documentation.
enum TraceSamples {
    static let phpChain = #"""
        PHP Fatal error:  Uncaught RuntimeException: no user 47 in /tmp/tr/a.php:2
        Stack trace:
        #0 /tmp/tr/a.php(3): Repo->find()
        #1 /tmp/tr/a.php(4): load()
        #2 {main}

        Next LogicException: load failed in /tmp/tr/a.php:3
        Stack trace:
        #0 /tmp/tr/a.php(4): load()
        #1 {main}
          thrown in /tmp/tr/a.php on line 3

        Fatal error: Uncaught RuntimeException: no user 47 in /tmp/tr/a.php:2
        Stack trace:
        #0 /tmp/tr/a.php(3): Repo->find()
        #1 /tmp/tr/a.php(4): load()
        #2 {main}

        Next LogicException: load failed in /tmp/tr/a.php:3
        Stack trace:
        #0 /tmp/tr/a.php(4): load()
        #1 {main}
          thrown in /tmp/tr/a.php on line 3
        """#

    static let phpTypeError = #"""
        PHP Warning:  Undefined array key "rate" in /tmp/tr/b.php on line 2

        Warning: Undefined array key "rate" in /tmp/tr/b.php on line 2
        0PHP Fatal error:  Uncaught TypeError: f(): Argument #1 ($s) must be of type string, null given, called in /tmp/tr/b.php on line 5 and defined in /tmp/tr/b.php:3
        Stack trace:
        #0 /tmp/tr/b.php(5): f()
        #1 {main}
          thrown in /tmp/tr/b.php on line 3

        Fatal error: Uncaught TypeError: f(): Argument #1 ($s) must be of type string, null given, called in /tmp/tr/b.php on line 5 and defined in /tmp/tr/b.php:3
        Stack trace:
        #0 /tmp/tr/b.php(5): f()
        #1 {main}
          thrown in /tmp/tr/b.php on line 3
        """#

    static let goIndex = #"""
        panic: runtime error: index out of range [0] with length 0

        goroutine 1 [running]:
        main.(*S).get(...)
        \#t/tmp/tr/a.go:4
        main.main()
        \#t/tmp/tr/a.go:5 +0x18
        exit status 2
        """#

    static let goGoroutine = #"""
        panic: wrap: inner

        goroutine 6 [running]:
        main.g(...)
        \#t/tmp/tr/b.go:3
        main.main.func1()
        \#t/tmp/tr/b.go:4 +0x7a
        created by main.main
        \#t/tmp/tr/b.go:4 +0x6a
        exit status 2
        """#

    static let goNil = #"""
        panic: runtime error: invalid memory address or nil pointer dereference
        [signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x457c62]

        goroutine 1 [running]:
        main.walk(...)
        \#t/tmp/tr/n.go:3
        main.main()
        \#t/tmp/tr/n.go:4 +0x2
        exit status 2
        """#

    static let goServed = #"""
        2026/11/21 08:59:05 http: panic serving 127.0.0.1:41202: runtime error: invalid memory address or nil pointer dereference
        goroutine 7 [running]:
        net/http.(*conn).serve.func1()
        \#t/usr/lib/go-1.19/src/net/http/server.go:1850 +0xbf
        panic({0x695960, 0x8e8490})
        \#t/usr/lib/go-1.19/src/runtime/panic.go:890 +0x262
        main.rate({0x4ba1c0?, 0xc000146280?}, 0x7f90f1d53268?)
        \#t/tmp/tr/h.go:4 +0x5d
        net/http.HandlerFunc.ServeHTTP(0x0?, {0x75c530?, 0xc00016e000?}, 0x463fae?)
        \#t/usr/lib/go-1.19/src/net/http/server.go:2109 +0x2f
        net/http.serverHandler.ServeHTTP({0xc0000750e0?}, {0x75c530, 0xc00016e000}, 0xc00015e400)
        \#t/usr/lib/go-1.19/src/net/http/server.go:2947 +0x30c
        net/http.(*conn).serve(0xc000000aa0, {0x75c920, 0xc000074fc0})
        \#t/usr/lib/go-1.19/src/net/http/server.go:1991 +0x607
        created by net/http.(*Server).Serve
        \#t/usr/lib/go-1.19/src/net/http/server.go:3102 +0x4db
        """#

    static let javaLauncher = #"""
        Exception in thread "main" java.lang.IllegalStateException: mid failed: 47
        \#tat A.mid(A.java:4)
        \#tat A.main(A.java:5)
        Caused by: java.lang.NullPointerException: Cannot invoke "String.length()" because the return value of "java.util.Map.get(Object)" is null
        \#tat A.inner(A.java:2)
        \#tat A.mid(A.java:4)
        \#tat A.main(A.java:5)
        \#tat java.base/jdk.internal.reflect.NativeMethodAccessorImpl.invoke0(Native Method)
        \#tat java.base/jdk.internal.reflect.NativeMethodAccessorImpl.invoke(NativeMethodAccessorImpl.java:77)
        \#tat java.base/jdk.internal.reflect.DelegatingMethodAccessorImpl.invoke(DelegatingMethodAccessorImpl.java:43)
        \#tat java.base/java.lang.reflect.Method.invoke(Method.java:569)
        \#tat jdk.compiler/com.sun.tools.javac.launcher.Main.execute(Main.java:419)
        \#tat jdk.compiler/com.sun.tools.javac.launcher.Main.run(Main.java:192)
        \#tat jdk.compiler/com.sun.tools.javac.launcher.Main.main(Main.java:132)
        \#tSuppressed: java.io.IOException: close failed
        \#t\#tat A$R.close(A.java:3)
        \#t\#t... 9 more
        """#

    static let javaChain = #"""
        Exception in thread "main" java.lang.IllegalStateException: mid failed: 47
        \#tat A.mid(A.java:4)
        \#tat A.main(A.java:5)
        Caused by: java.lang.NullPointerException: Cannot invoke "String.length()" because the return value of "java.util.Map.get(Object)" is null
        \#tat A.inner(A.java:2)
        \#t... 2 more
        \#tSuppressed: java.io.IOException: close failed
        \#t\#tat A$R.close(A.java:3)
        \#t\#t... 2 more
        """#

    static let nodeCause = #"""
        /tmp/tr/a.js:2
        async function load(){ try { return rate({}); } catch (e) { throw new Error("load failed", {cause: e}); } }
                                                                          ^

        Error: load failed
            at load (/tmp/tr/a.js:2:67)
            at K.run (/tmp/tr/a.js:3:30)
            ... 6 lines matching cause stack trace ...
            at node:internal/main/run_main_module:28:49 {
          [cause]: TypeError: Cannot read properties of undefined (reading 'USD')
              at rate (/tmp/tr/a.js:1:34)
              at load (/tmp/tr/a.js:2:37)
              at K.run (/tmp/tr/a.js:3:30)
              at Object.<anonymous> (/tmp/tr/a.js:4:9)
              at Module._compile (node:internal/modules/cjs/loader:1521:14)
              at Module._extensions..js (node:internal/modules/cjs/loader:1623:10)
              at Module.load (node:internal/modules/cjs/loader:1266:32)
              at Module._load (node:internal/modules/cjs/loader:1091:12)
              at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:164:12)
              at node:internal/main/run_main_module:28:49
        }

        Node.js v20.20.2
        """#

    static let nodeRefused = #"""
        node:events:502
              throw er; // Unhandled 'error' event
              ^

        Error: connect ECONNREFUSED 127.0.0.1:1
            at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)
        Emitted 'error' event on ClientRequest instance at:
            at emitErrorEvent (node:_http_client:101:11)
            at Socket.socketErrorListener (node:_http_client:504:5)
            at Socket.emit (node:events:524:28)
            at emitErrorNT (node:internal/streams/destroy:169:8)
            at emitErrorCloseNT (node:internal/streams/destroy:128:3)
            at process.processTicksAndRejections (node:internal/process/task_queues:82:21) {
          errno: -111,
          code: 'ECONNREFUSED',
          syscall: 'connect',
          address: '127.0.0.1',
          port: 1
        }

        Node.js v20.20.2
        """#

    static let pythonChain = #"""
        Traceback (most recent call last):
          File "/tmp/tr/a.py", line 6, in mid
            return inner(t)
                   ^^^^^^^^
          File "/tmp/tr/a.py", line 3, in inner
            return json.loads(t)
                   ^^^^^^^^^^^^^
          File "/opt/python/3.11.7/lib/python3.11/json/__init__.py", line 346, in loads
            return _default_decoder.decode(s)
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^
          File "/opt/python/3.11.7/lib/python3.11/json/decoder.py", line 337, in decode
            obj, end = self.raw_decode(s, idx=_w(s, 0).end())
                       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          File "/opt/python/3.11.7/lib/python3.11/json/decoder.py", line 355, in raw_decode
            raise JSONDecodeError("Expecting value", s, err.value) from None
        json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)

        The above exception was the direct cause of the following exception:

        Traceback (most recent call last):
          File "/tmp/tr/a.py", line 9, in <module>
            mid("<html>")
          File "/tmp/tr/a.py", line 8, in mid
            raise RuntimeError("mid\nsecond line") from e
        RuntimeError: mid
        second line
        """#

    static let pythonRecursion = #"""
        Traceback (most recent call last):
          File "/tmp/tr/r.py", line 3, in <module>
            f(0)
          File "/tmp/tr/r.py", line 2, in f
            return f(n+1)
                   ^^^^^^
          File "/tmp/tr/r.py", line 2, in f
            return f(n+1)
                   ^^^^^^
          File "/tmp/tr/r.py", line 2, in f
            return f(n+1)
                   ^^^^^^
          [Previous line repeated 996 more times]
        RecursionError: maximum recursion depth exceeded
        """#

    static let swiftCrash = #"""
        Swift/ContiguousArrayBuffer.swift:692: Fatal error: Index out of range

        *** Signal 4: Backtracing from 0x7f1ae456df7f... done ***

        *** Program crashed: Illegal instruction at 0x00007f1ae456df7f ***

        Platform: x86_64 Linux (Debian GNU/Linux 12 (bookworm))

        Thread 0 "e" crashed:

          0      0x00007f1ae456df7f closure #1 in closure #1 in _assertionFailure(_:_:file:line:flags:) + 623 in libswiftCore.so
          1 [ra] 0x00007f1ae46f961f _assertionFailure(_:_:file:line:flags:) + 302 in libswiftCore.so
          2 [ra] 0x00007f1ae4c37f65 specialized Array.subscript.getter + 84 in libswiftSwiftOnoneSupport.so
          3 [ra] 0x000056031e9861c1 deep(_:) + 32 in e
          4 [ra] 0x000056031e9860f9 mid(_:) + 24 in e
          5 [ra] 0x000056031e98623a main + 73 in e
        ...



        """#

    static let rubyError = #"""
        /srv/app/rates.rb:12:in `fetch': key not found: "rate" (KeyError)
        \#tfrom /srv/app/rates.rb:12:in `rate'
        \#tfrom /usr/lib/ruby/gems/3.1.0/gems/sinatra-3.0/lib/sinatra/base.rb:1706:in `call'
        \#tfrom app.rb:4:in `<main>'
        """#

    static let webrickError = #"""
        [2026-11-22 07:04:51] ERROR NoMethodError: undefined method `[]' for nil:NilClass
        \#tapp.rb:17:in `block in <main>'
        \#tapp.rb:15:in `block in route'
        \#t/usr/share/rubygems-integration/all/gems/webrick-1.8.1/lib/webrick/httpserver.rb:96:in `run'
        """#

    static let sinatraError = #"""
        2026-11-22 07:04:52 - KeyError - key not found: "value":
        \#tapp.rb:11:in `fetch'
        \#tapp.rb:18:in `block in <main>'
        """#

    static let sinatraMarked = #"""
        2026-11-22 07:04:52 - NoMethodError - undefined method `to_date' for nil:NilClass

          rows.map { |r| r[:ends_at].to_date }
                                    ^^^^^^^^:
        \#tapp.rb:9:in `block in <main>'
        \#tapp.rb:9:in `map'
        """#

    static let sidekiqError = #"""
        2026-11-23T06:04:09.470Z pid=25054 tid=jvq WARN: NoMethodError: undefined method `split' for nil:NilClass

            domain = row['email'].split('@')[1]
                                 ^^^^^^
        2026-11-23T06:04:09.471Z pid=25054 tid=jvq WARN: /srv/jobs/worker.rb:11:in `perform'
        /usr/share/rubygems-integration/all/gems/sidekiq-6.4.1/lib/sidekiq/processor.rb:196:in `execute_job'
        """#

    static let rubyMarked = #"""
        /srv/jobs/bill.rb:3:in `total': undefined method `sum' for nil:NilClass (NoMethodError)

            order['lines'].sum
                          ^^^^
        \#tfrom /srv/jobs/bill.rb:7:in `<main>'
        """#

    static let railsError = #"""
        E, [2026-11-22T07:04:53.123456 #714] ERROR -- :   
        ActiveRecord::RecordNotFound (Couldn't find Station with 'id'=9):
          
        app/controllers/stations_controller.rb:7:in `show'
        """#

    static let goRecovered = #"""
        2026/11/22 07:04:59 panic: runtime error: index out of range [3] with length 3
        goroutine 12 [running]:
        runtime/debug.Stack()
        \#t/usr/lib/go-1.19/src/runtime/debug/stack.go:24 +0x65
        main.h.func1.1()
        \#t/srv/o/app.go:29 +0x4c
        panic({0x71da20, 0xc0000c81e0})
        \#t/usr/lib/go-1.19/src/runtime/panic.go:884 +0x212
        main.lastRank()
        \#t/srv/o/app.go:22 +0x256
        main.main.func4(0x98fea0?)
        \#t/srv/o/app.go:37 +0x1e
        """#

    static let ginRecovered = #"""
        2026/11/22 - 07:04:59 [Recovery] 2026/11/22 - 07:04:59 panic recovered:
        GET /rank HTTP/1.1
        Host: 127.0.0.1:8080


        runtime error: index out of range [3] with length 3
        /usr/lib/go-1.19/src/runtime/panic.go:113 (0x4364bb)
        \#tgoPanicIndex: panic(boundsError{x: int64(x), signed: true, y: y, code: boundsIndex})
        /srv/o/app.go:22 (0x8a1c3d)
        \#tlastRank: return names[len(names)]
        /srv/o/app.go:37 (0x8a1d11)
        \#tmain.func4: c.String(200, lastRank())
        """#

    static let javaLongMessage = #"""
        org.postgresql.util.PSQLException: ERROR: duplicate key value violates unique constraint "parcels_code_key"
          Detail: Key (code)=(PX1) already exists.
        \#tat org.postgresql.core.v3.QueryExecutorImpl.execute(QueryExecutorImpl.java:356)
        \#tat App.add(App.java:8)
        """#

    static let dotNetInner = #"""
        Unhandled exception. System.InvalidOperationException: load failed
         ---> System.NullReferenceException: Object reference not set to an instance of an object.
           at Shop.Rates.Get(String code) in /srv/app/Rates.cs:line 12
           at Shop.Loader.Load() in /srv/app/Loader.cs:line 30
           --- End of inner exception stack trace ---
           at Shop.Loader.Load() in /srv/app/Loader.cs:line 33
           at Program.<Main>$(String[] args) in /srv/app/Program.cs:line 3
        """#

    static let rustPanic = #"""
        thread 'main' (18390) panicked at a.rs:1:33:
        index out of bounds: the len is 1 but the index is 3
        stack backtrace:
           0: __rustc::rust_begin_unwind
                     at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/std/src/panicking.rs:689:5
           1: core::panicking::panic_fmt
                     at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/panicking.rs:80:14
           2: core::panicking::panic_bounds_check
                     at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/panicking.rs:271:5
           3: <usize as core::slice::index::SliceIndex<[T]>>::index
                     at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/slice/index.rs:272:10
           4: core::slice::index::<impl core::ops::index::Index<I> for [T]>::index
                     at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/slice/index.rs:19:15
           5: <alloc::vec::Vec<T,A> as core::ops::index::Index<I>>::index
                     at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/alloc/src/vec/mod.rs:3804:9
           6: a::deep
                     at ./a.rs:1:33
           7: a::main
                     at ./a.rs:2:28
           8: core::ops::function::FnOnce::call_once
                     at /rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/ops/function.rs:250:5
        note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.
        """#

    static let cppTerminate = #"""
        terminate called after throwing an instance of 'std::out_of_range'
          what():  no such rate
        """#

    static let phpMemory = #"""
        PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes) in /srv/app/report.php on line 88
        """#

}
