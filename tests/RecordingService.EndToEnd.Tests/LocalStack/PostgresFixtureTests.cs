using Npgsql;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.LocalStack;

public sealed class PostgresFixtureTests
{
    [Fact]
    public async Task CreateDatabase_Twice_MigratesOnceAndSeparatesTheTwo()
    {
        await using var fixture = new CountingFixture();
        await fixture.InitializeAsync();

        var databases = await Task.WhenAll(fixture.CreateDatabaseAsync(), fixture.CreateDatabaseAsync());
        await ExecuteAsync(databases[0], "INSERT INTO classes VALUES (1)");

        CountingFixture.Migrations.ShouldBe(1);
        (await ExecuteAsync(databases[0], "SELECT count(*) FROM classes")).ShouldBe(1L);
        (await ExecuteAsync(databases[1], "SELECT count(*) FROM classes")).ShouldBe(0L);
    }

    private static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    private sealed class CountingFixture : PostgresFixture
    {
        public CountingFixture()
            : base(MigrateAsync) => Migrations = 0;

        public static int Migrations { get; private set; }

        private static async Task MigrateAsync(string connectionString)
        {
            Migrations++;
            await ExecuteAsync(connectionString, "CREATE TABLE classes (id int)");
        }
    }
}
