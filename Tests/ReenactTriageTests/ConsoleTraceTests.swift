import Testing

@testable import ReenactTriage

struct ConsoleTraceTests {
    @Test func `what a verbose console command prints is an exception with its calls`() throws {
        let text = """
            Loading repositories
            In Repository.php line 65:
                                                                           
              [ErrorException]                                             
              foreach() argument must be of type array|object, null given  
                                                                           
            Exception trace:
              at /srv/app/src/Repository.php:65
             App\\ErrorHandler::handle() at /srv/app/src/Repository.php:65
             App\\Repository->load() at /srv/app/src/Installer.php:87
             App\\Installer->run() at /srv/app/bin/install:9

            update [--dev] [--] [<packages>...]
            """
        let found = try #require(TraceText.exceptions(in: text).first)
        #expect(found.type == "ErrorException" && found.language == "php")
        #expect(found.message == "foreach() argument must be of type array|object, null given")
        #expect(found.frames.map(\.function) == ["{main}", "App\\Installer->run", "App\\Repository->load"])
        #expect(found.throwSite?.file == "/srv/app/src/Repository.php" && found.throwSite?.line == 65)
        #expect(found.frames.first?.file == "/srv/app/bin/install")
    }

    @Test func `without the trace the place of the first line is what there is`() throws {
        let text =
            "\nIn Connection.php line 829:\n\n  SQLSTATE[23000]: Integrity constraint violation\n  for key 'email'\n\n"
        let found = try #require(TraceText.exceptions(in: text).first)
        #expect(found.message == "SQLSTATE[23000]: Integrity constraint violation\nfor key 'email'")
        #expect(found.throwSite?.file == "Connection.php" && found.throwSite?.line == 829)
    }

    @Test(arguments: [
        "In Repository.php line 65:", "In Repository.php line x:\n\n  boom\n", "In A.php line 1:\n\n\n\n",
        "In short, A.php line 3",
    ])
    func `what only begins like one is none`(text: String) { #expect(TraceText.exceptions(in: text).isEmpty) }
}
