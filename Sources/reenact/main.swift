import Glibc
import ReenactCommands

exit(ReenactCommandLine.run(Array(CommandLine.arguments.dropFirst())))
