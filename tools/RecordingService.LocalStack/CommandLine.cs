using System.Globalization;

namespace RecordingService.LocalStack;

/// <summary>What the program was asked for on its command line.</summary>
internal sealed record CommandLine
{
    public const string Usage = """
        Starts everything that RecordingService needs on this machine and records one class with it.

          dotnet run --project tools/RecordingService.LocalStack [-- OPTIONS]

          --once        end after the demonstration class: exit code 0 only if its playlist and every slice are there
          --keys        ask for API keys, as production does, and print one that may do everything
          --postgres    start PostgreSQL alone, print the connection string of an empty database, and wait
          --port N      port of the API on 127.0.0.1 (8080; with --once any free one if 8080 is taken)
          --fresh       first delete what earlier runs left in .localstack (PostgreSQL's cluster, the bucket's files)
          --help        show this

        PostgreSQL, the Agora simulator and the API run privately and end with this program (Ctrl-C). Every start begins with
        an empty database, because the recorders that an earlier one knew are gone; the bucket's files stay until --fresh.
        """;

    private const int DefaultPort = 8080;

    public bool Once { get; private init; }

    public bool Keys { get; private init; }

    public bool PostgresOnly { get; private init; }

    public bool Fresh { get; private init; }

    public bool Help { get; private init; }

    /// <summary>Gets the port asked for, or null for the default.</summary>
    public int? AskedPort { get; private init; }

    public int Port => AskedPort ?? DefaultPort;

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="LocalStackException">An argument is unknown or has a bad value.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var result = new CommandLine();
        for (var i = 0; i < arguments.Count; i++)
        {
            result = arguments[i] switch
            {
                "--once" => result with { Once = true },
                "--keys" => result with { Keys = true },
                "--postgres" => result with { PostgresOnly = true },
                "--fresh" => result with { Fresh = true },
                "--help" or "-h" or "-?" => result with { Help = true },
                "--port" => result with { AskedPort = ParsePort(i + 1 < arguments.Count ? arguments[++i] : "") },
                var other => throw new LocalStackException($"{other} is no option of this program; --help lists them."),
            };
        }

        return result;
    }

    private static int ParsePort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? port
            : throw new LocalStackException($"--port needs a number from 1 to 65535, not '{text}'.");
}
