import ReenactCommands

Entry.main()
