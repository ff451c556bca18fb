namespace Marketplace.Cli;

/// <summary>What every command of the process exits with; the help of each command lists them.</summary>
internal enum ExitCode
{
    Done = 0,

    Failed = 1,

    Unusable = 2,

    Partial = 3,

    No = 4,

    NoAnswer = 5,
}

/// <summary>Describes the exit codes for a person.</summary>
internal static class ExitCodes
{
    public const string Help =
        """
        Exit codes:
          0  Done; the answer is yes.
          1  Unexpected failure.
          2  Wrong usage, no usable key, or a file that cannot be read.
          3  Done, but the file asks for something that is not supported yet; the answer lists it.
          4  The answer is no: there are violations or open fields, the notice is not valid, the files differ, the
             market refuses the call, or what is checked is not in order.
          5  The market does not answer.
        """;
}
