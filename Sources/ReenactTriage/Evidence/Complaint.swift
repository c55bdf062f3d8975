import ReenactTimeline

/// What an exception complains about, in the words of runtimes and widely used libraries.
struct Complaint: Sendable {
    /// Types and messages.
    private let words: Wording
    private let types: Wording
    private let answers = AnswersOnce()

    init(types: String, words: String) {
        self.words = Wording(words)
        self.types = Wording(types)
    }

    func mentions(_ phrases: [String]) -> Bool { words.contains(any: phrases) }

    /// A value that should have been there was null, None, nil or undefined.
    var isAboutNothing: Bool {
        answers.of(0) {
            mentions([
                "nonetype", "of null", "null (reading", "properties of undefined", "undefined is not", "null is not",
                "is undefined", "is null", "nil pointer", "nullpointerexception", "nullreference", "null given",
                "on null",
                "value of type null", "for nil", "converting null", "found nil", "must not be null", "none is not",
                "passing null",  // PHP's fetch functions say false where nothing is left.
                "bool given", "false given", "on false", "on bool", "of type bool", "not be none", "nilclass",
                "not iterable (cannot read property", "nil can't be", "conversion of nil",
                "conversion from nil", "null value", "'none' has no attribute",
            ])
        }
    }

    /// What PHP's fetch functions give where nothing is left, and nothing else is said to be nothing.
    var isAboutFalse: Bool {
        answers.of(1) {
            mentions(["bool given", "false given", "on false", "on bool", "of type bool"])
                && !mentions(["null", "none", "undefined"])
        }
    }

    /// As before, and it was null rather than undefined.
    var isAboutNull: Bool {
        answers.of(2) {
            isAboutNothing && !isAboutFalse
                && (!words.contains("undefined")
                    || mentions(["null", "nonetype", "nilclass", "for nil", "'none' has"]))
        }
    }

    /// Something by that name or number is not there.
    var isAboutAbsence: Bool {
        answers.of(3) {
            mentions([
                "notfound", "not found", "doesnotexist", "does not exist", "doesn't exist", "nosuch", "no such",
                "no row",
                "noresult", "no result", "not exist", "missing", "cannot find", "can't find", "could not find",
                "unknown",
                "no matching", "nomatching", "vanished", "orphan", "dangling", "disappeared",
            ]) && !isAboutArguments || isAboutEmptyList
        }
    }

    /// A function was called with too few arguments, or too many.
    private var isAboutArguments: Bool {
        mentions(["required positional argument", "required keyword-only argument", "wrong number of arguments"])
    }

    /// The first of nothing was asked for.
    var isAboutEmptyList: Bool {
        answers.of(4) {
            mentions([
                "indexerror", "index out of", "undefined array key 0", "undefined offset: 0", "invalid array length",
                "stopiteration", "nosuchelement", "is empty", "empty list", "empty sequence", "empty array",
                "undefined offset", "emptyresult", "indexoutofbounds",
            ])
        }
    }

    /// Text that should have been JSON could not be read.
    var isAboutDecoding: Bool {
        answers.of(5) {
            mentions([
                "jsondecodeerror", "expecting value: line", "extra data: line", "unterminated string starting at",
                "expecting property name", "expecting ',' delimiter", "expecting ':' delimiter", "is not valid json",
                "in json at position", "unexpected end of json", "unexpected token", "looking for beginning of",
                "invalid character '", "jsonexception", "jsonparseexception", "json_decode", "malformedjson",
                "json::parsererror", "not valid json", "unexpected end of input", "jsonmappingexception",
                "json parse error",
                "failed to parse json", "invalid json", "parse error: json", "could not decode json", "syntax error",
            ]) && !mentions(["sqlstate", "operationalerror", "near \""])
        }
    }

    /// More came than the one that was expected.
    var isAboutDuplicates: Bool {
        answers.of(6) {
            mentions([
                "multipleresultsfound", "multiple rows were found", "multipleobjectsreturned", "returned more than one",
                "nonuniqueresult", "more than one row", "too many results", "toomanyresults", "expected one result",
                "incorrectresultsize", "more than one result", "expected exactly one", "expected one row", "not unique",
                "multiple results", "morethanone", "expected single", "expected a single",
            ])
        }
    }

    /// A value has another type than the code expects.
    var isAboutType: Bool {
        answers.of(7) {
            types.contains("typeerror") || types.contains("attributeerror") || types.contains("classcast")
                || mentions([
                    "cannot unmarshal", "must be of type", "unsupported operand", "is not a function",
                    "is not iterable",
                    "indices must be", "cannot be cast", "not supported between", "can only concatenate",
                    "invalid type", "type mismatch", "could not convert string", "expected type", "cannot convert",
                    "not a number", "nan", "has no attribute", "undefined method", "call to undefined method",
                ])
        }
    }

    /// A value is not one of those that the code knows.
    var isAboutUnknownValue: Bool {
        answers.of(8) {
            mentions([
                "unknown", "unsupported", "not supported", "unrecognized", "unrecognised", "not a valid", "invalid",
                "unexpected", "can't locate", "cannot locate", "could not locate", "cannot find", "can't find",
                "could not find", "no matching", "matching", "mismatch",
                "does not match", "doesn't match", "not in", "not among", "no such", "keyerror", "undefined array key",
                "no enum constant", "unhandled", "notimplemented", "not implemented", "illegal", "not allowed",
                "not one of", "lookuperror", "unhandledmatch", "undefined index",
            ])
        }
    }

    /// A value can't be read as what it should be.
    var isAboutParsing: Bool {
        answers.of(9) {
            isAboutDecoding
                || mentions([
                    "invalid literal", "could not convert", "invalid syntax", "parsing \"", "strconv", "numberformat",
                    "isoformat", "does not match format", "invalid date", "out of range", "badly formed", "malformed",
                    "not a valid", "invalid", "dateparse", "parseerror", "validationerror", "unable to parse",
                    "cannot parse", "could not parse", "failed to parse", "a non-numeric value", "not a number",
                    "valueerror", "rangeerror",
                    "invalidoperation", "conversionsyntax",
                ])
        }
    }
}
