using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Npgsql;
using RecordingService.LocalStack.Processes;

namespace RecordingService.EndToEnd.Tests.Secrets;

/// <summary>Looks for secrets in all that a deployment of a test writes: output of its replicas, answers to its caller, tables at the end. Every test here has one.</summary>
internal sealed partial class SecretWatch
{
    private static readonly SecretSearch Search = new(
        new Dictionary<string, string>
        {
            ["customer secret"] = DemoAccount.CustomerSecret,
            ["certificate"] = DemoAccount.Certificate,
            ["notification secret"] = DemoAccount.NotificationSecret,
            ["storage access key"] = DemoAccount.AccessKey,
            ["storage secret key"] = DemoAccount.SecretKey,
            ["key that seals secrets"] = DemoAccount.MasterKey,
        }
    );

    private readonly ConcurrentQueue<string> hits = [];

    /// <summary>What was found, and where; never the secret itself.</summary>
    public IReadOnlyCollection<string> Hits => hits;

    /// <summary>A line that a replica wrote.</summary>
    public void SeeOutput(string line) => See("output", line, mayHoldKeys: false);

    /// <summary>An answer: status line, headers, body.</summary>
    public HttpMessageHandler Watch() => new Witness(this);

    /// <summary>All tables as they are now.</summary>
    public async Task SeeTablesAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
        foreach (
            var table in await TextsAsync(
                connection,
                "select format('%I.%I', table_schema, table_name) from information_schema.tables where table_schema = 'recording'"
            )
        )
        {
            foreach (var row in await TextsAsync(connection, $"select t::text from {table} t"))
            {
                See($"table {table}", row, mayHoldKeys: false);
            }
        }
    }

    private void See(string where, string text, bool mayHoldKeys)
    {
        foreach (var found in Search.In(text))
        {
            hits.Enqueue($"{where}: {found}");
        }

        // Keys of callers and secrets of webhooks are told in one answer each, and written nowhere; tokens of recorders are told by nobody.
        if (Tokens().IsMatch(text) || (!mayHoldKeys && Keys().IsMatch(text)))
        {
            hits.Enqueue($"{where}: something of the form of a key, a webhook's secret or a token");
        }
    }

    private static async Task<List<string>> TextsAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
        List<string> texts = [];
        while (await reader.ReadAsync(CancellationToken.None))
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }

    [GeneratedRegex("rsk_[0-9A-Za-z]{12}_[0-9A-Za-z_-]{43}|whsec_[0-9A-Za-z+/]{32}")]
    private static partial Regex Keys();

    [GeneratedRegex("007eJx[0-9A-Za-z+/]{20}")]
    private static partial Regex Tokens();

    private sealed class Witness(SecretWatch watch) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            await answer.Content.LoadIntoBufferAsync(cancellationToken);
            watch.See(
                $"answer to {request.Method} {request.RequestUri!.AbsolutePath}",
                // The whole body: what it carries in pieces would be found in none of them.
                $"{answer.Headers}{answer.Content.Headers}{await answer.Content.ReadAsStringAsync(cancellationToken)}",
                mayHoldKeys: true
            );
            return answer;
        }
    }
}
