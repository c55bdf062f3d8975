import Testing

@testable import ReenactCapture

struct DataFilesTests {
    @Test func `what a command line names is data by its ending, and scripts are code`() {
        for path in ["/srv/a.csv", "mkdocs.YML", "conf.d/x.json"] { #expect(DataFiles.isOne(path), "\(path)") }
        for path in ["/srv/a.py", "bin/serve", "shop.csv/run", "app.js", ".env.d/x"] {
            #expect(!DataFiles.isOne(path), "\(path)")
        }
    }
}
