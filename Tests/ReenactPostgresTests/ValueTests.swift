import Testing

@testable import ReenactPostgres

struct ValueTests {
    @Test(arguments: [
        (TypeOID.bool, "t"), (TypeOID.int2, "-3"), (TypeOID.int4, "2147483647"), (TypeOID.int8, "-9223372036854775808"),
        (TypeOID.float8, "0.1"), (TypeOID.float4, "1.5"), (TypeOID.numeric, "0"), (TypeOID.numeric, "-12345.6789"),
        (TypeOID.numeric, "100000000"), (TypeOID.numeric, "0.00012"), (TypeOID.numeric, "NaN"),
        (TypeOID.numeric, "5.00"),
        (TypeOID.uuid, "3f333df6-90a4-4fda-8dd3-9485d27cee36"), (TypeOID.date, "2026-11-21"),
        (TypeOID.date, "1969-02-28"),
        (TypeOID.timestamp, "2026-11-21 08:15:02.25"), (TypeOID.timestamptz, "1999-12-31 23:59:59+00"),
        (TypeOID.timestamp, "infinity"), (TypeOID.bytea, "\\x00ff"), (TypeOID.jsonb, "{\"a\": 1}"), (TypeOID.text, "ä"),
        (TypeOID.time, "23:59:59.000001"),
    ])
    func `text becomes binary and text again`(type: Int32, text: String) throws {
        let binary = try #require(TextValue.binary(Array(text.utf8)[...], type: type))
        #expect(BinaryValue.text(binary[...], type: type) == text)
    }

    @Test func `zones are minded`() throws {
        let here = try #require(
            TextValue.binary(Array("2026-11-21 08:15:02+05:30".utf8)[...], type: TypeOID.timestamptz))
        #expect(BinaryValue.text(here[...], type: TypeOID.timestamptz) == "2026-11-21 02:45:02+00")
    }

    @Test func `arrays are shown as the server would`() {
        let bytes: [UInt8] =
            [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3] + Array("a,b".utf8) + [
                255, 255, 255, 255,
            ]
        #expect(BinaryValue.text(bytes[...], type: 1009) == "{\"a,b\",NULL}")
    }

    @Test(arguments: [
        "SELECT 'it''s' -- x\n, $tag$ ' $tag$ /* a /* b */ c */ ;", "'", "\"", "$a$", "/*", "E'\\", "--", "$$$",
        "e'\\''",
    ])
    func `any text is cut without loss`(sql: String) {
        var lexer = SQLLexer(Array(sql.utf8))
        var end = 0
        while let token = lexer.next() {
            #expect(token.range.lowerBound == end)
            #expect(!token.range.isEmpty)
            end = token.range.upperBound
        }
        #expect(end == sql.utf8.count)
    }
}
