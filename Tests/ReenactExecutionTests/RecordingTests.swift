import Testing

@testable import ReenactExecution
