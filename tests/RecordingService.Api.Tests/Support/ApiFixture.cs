namespace RecordingService.Api.Tests.Support;

/// <summary>One API with a database of its own for all tests of a class.</summary>
public sealed class ApiFixture(ApiPostgres postgres) : IAsyncLifetime
{
    public TestApi Api { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Api = await TestApi.StartAsync(await postgres.CreateDatabaseAsync());

    public ValueTask DisposeAsync() => Api.DisposeAsync();
}
