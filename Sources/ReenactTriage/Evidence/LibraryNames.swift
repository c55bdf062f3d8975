/// Code that nobody looks after who looks after a program: told by qualified names, where a path tells nothing.
enum LibraryNames {
    /// Platforms, and frameworks that are used in so many programs that a failure in them is about their use.
    private static let prefixes = [
        // JVM
        "java.", "javax.", "jakarta.", "jdk.", "sun.", "com.sun.", "kotlin.", "kotlinx.", "scala.", "groovy.",
        "clojure.", "org.springframework.", "org.apache.", "org.hibernate.", "org.eclipse.", "org.jboss.", "org.slf4j.",
        "org.postgresql.", "com.mysql.", "org.mariadb.", "com.zaxxer.", "com.fasterxml.", "com.google.common.",
        "com.google.gson.", "io.netty.", "io.undertow.", "io.vertx.", "io.micrometer.", "io.grpc.", "io.lettuce.",
        "redis.clients.", "reactor.", "rx.", "io.reactivex.", "okhttp3.", "okio.", "retrofit2.", "feign.", "ch.qos.",
        "org.junit.", "akka.", "android.", "androidx.", "dalvik.", "com.android.", "io.sentry.",
        // .NET
        "System.", "Microsoft.", "Npgsql.", "MySql.", "MySqlConnector.", "Newtonsoft.", "Dapper.", "StackExchange.",
        "Polly.", "Grpc.", "Sentry.",
        // Go
        "net/http.", "database/sql.", "encoding/json.", "runtime.", "reflect.", "google.golang.org/",
        "github.com/gin-gonic/", "github.com/labstack/", "github.com/gorilla/", "github.com/go-chi/",
        "github.com/jackc/", "github.com/lib/pq", "gorm.io/", "github.com/redis/", "github.com/getsentry/",
        "go.opentelemetry.io/",
        // Rust
        "std::", "core::", "alloc::", "tokio::", "hyper::", "actix_", "axum::", "tower::", "futures_", "backtrace::",
        "sentry", "<core::", "<alloc::", "<std::", "rust_begin_unwind", "__rust_",
        // PHP, Ruby
        "Illuminate\\", "Symfony\\", "Doctrine\\", "GuzzleHttp\\", "Monolog\\", "Psr\\", "Slim\\", "Laravel\\",
        "Sentry\\", "ActiveRecord::", "ActionController::", "ActiveSupport::", "ActionDispatch::", "Rack::", "Puma::",
    ]

    /// A name's first characters choose among the prefixes, so that most names cost two look-ups.
    private static let byStart: [String: [String]] = Dictionary(grouping: prefixes, by: { String($0.prefix(3)) })

    static func holds(_ name: String) -> Bool {
        guard let known = byStart[String(name.prefix(3))] else { return false }
        return known.contains { name.hasPrefix($0) || name == $0.dropLast() }
    }
}
