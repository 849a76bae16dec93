using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace RecordingService.Api.Tests.Support;

/// <summary>The key that tests call with: every database has it, so that tests run as in production.</summary>
internal static class TestKey
{
    public const string Caller = "tests";

    private const string Id = "TestsTestsTe";

    private static readonly string Secret = new('T', 43);

    public static string Text => $"rsk_{Id}_{Secret}";

    public static async Task StoreAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            insert into recording.api_keys (id, caller, scopes, hash, created_at, created_by)
            values (@id, @caller, '{record,read,operate,admin}', @hash, now(), 'fixture')
            """,
            connection
        );
        command.Parameters.AddWithValue("id", Id);
        command.Parameters.AddWithValue("caller", Caller);
        command.Parameters.AddWithValue("hash", SHA256.HashData(Encoding.ASCII.GetBytes(Secret)));
        await command.ExecuteNonQueryAsync();
    }
}
