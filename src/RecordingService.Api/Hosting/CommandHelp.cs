namespace RecordingService.Api.Hosting;

/// <summary>What this program does by its arguments.</summary>
internal static class CommandHelp
{
    public const string Text = """
        Records classes through Agora Cloud Recording. Without a command it serves HTTP until it is stopped.

          --migrate                        create or update the tables, and end
          --create-key CALLER --scopes LIST [--projects LIST] [--expires P90D]
                                           make an API key and print it
          --list-keys                      list all keys, without secrets
          --revoke-key ID                  revoke a key
          --healthcheck                    exit with 0 when the service on this machine is ready
          --help                           show this

        Configuration: environment variables such as ConnectionStrings__Recording, appsettings.json, or --Section:Key=value.
        """;

    public static bool IsAskedFor(string[] args) => args.Contains("--help") || args.Contains("-h");
}
