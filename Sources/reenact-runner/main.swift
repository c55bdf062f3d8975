import Glibc
import ReenactRunner

exit(Runner.main(CommandLine.arguments))
