using RecordingService.Client.Tests.Support;

namespace RecordingService.Client.Tests.Http;

/// <summary>The API key goes to the service, and nowhere else.</summary>
public sealed class ApiKeyTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private const string OtherKey = "rsk_8abc_AnotherSecretOfTheSameCaller";

    [Fact]
    public async Task Key_IsSentWithEachRequest_AndCanBeRotated()
    {
        var options = new RecordingClientOptions { ApiKey = TestClient.Key };
        await using var server = await ScriptedServer.StartAsync(Answer.Recording(), Answer.Stream("", StreamEnd.Cut), Answer.Recording());
        using var client = new TestClient(server.Address, options);

        await client.Api.GetAsync(TestClient.Id, cancellationToken: Cancelled);
        await using var events = client.Api.StreamEventsAsync(cancellationToken: Cancelled).GetAsyncEnumerator(Cancelled);
        var reading = events.MoveNextAsync();
        await Testing.Eventually.HoldsAsync(() => server.Requests.Count >= 2);
        options.ApiKey = OtherKey;
        await client.Api.GetAsync(TestClient.Id, cancellationToken: Cancelled);
        options.ApiKey = "";
        await client.Api.GetAsync(TestClient.Id, cancellationToken: Cancelled);

        server.Requests[0].Header("Authorization").ShouldBe($"Bearer {TestClient.Key}");
        server.Requests[1].Header("Authorization").ShouldBe($"Bearer {TestClient.Key}");
        var reads = server.Requests.Where(request => request.Path.EndsWith($"{TestClient.Id}", StringComparison.Ordinal)).ToList();
        reads[1].Header("Authorization").ShouldBe($"Bearer {OtherKey}");
        reads[2].Header("Authorization").ShouldBeNull();
        client.Http.DefaultRequestHeaders.ShouldBeEmpty();
        // What came in the end was no stream.
        await Should.ThrowAsync<InvalidDataException>(reading.AsTask());
    }

    [Fact]
    public async Task Key_IsShownNowhere()
    {
        var options = TestClient.Patient(new SkippingTime(), attempts: 2);
        options.ApiKey = TestClient.Key;
        await using var server = await ScriptedServer.StartAsync(Answer.Problem(401), Answer.Cut);
        using var client = new TestClient(server.Address, options);

        var refused = await Should.ThrowAsync<RecordingProblemException>(client.Api.GetAsync(TestClient.Id, cancellationToken: Cancelled));
        var lost = await Should.ThrowAsync<RecordingUnavailableException>(client.Api.GetAsync(TestClient.Id, cancellationToken: Cancelled));

        string[] texts = [$"{options}", $"{client.Api}", $"{refused}", $"{lost}"];
        foreach (var text in texts)
        {
            text.ShouldNotContain(TestClient.Key);
            text.ShouldNotContain(TestClient.Key.Split('_')[2]);
        }
    }

    [Theory]
    [InlineData(" hidden")]
    [InlineData("rsk_1_hidden value")]
    [InlineData("rsk_1_hidden\r\nX: y")]
    [InlineData("rsk_1_hiddenä")]
    public void Key_ThatIsNone_IsRefusedWithoutBeingTold(string key)
    {
        var options = new RecordingClientOptions();

        Should.Throw<ArgumentException>(() => options.ApiKey = key).ToString().ShouldNotContain("hidden");

        options.ApiKey.ShouldBeNull();
    }

    [Fact]
    public async Task Key_IsNotSentToWhereAnAnswerLeads()
    {
        await using var other = await ScriptedServer.StartAsync(Answer.Recording());
        await using var server = await ScriptedServer.StartAsync(
            Answer.Status(307, ("Location", new Uri(other.Address, "/v1/recordings/x").AbsoluteUri))
        );
        using var client = new TestClient(server.Address, new() { ApiKey = TestClient.Key });

        await client.Api.GetAsync(TestClient.Id, cancellationToken: Cancelled);

        server.Requests.Single().Header("Authorization").ShouldNotBeNull();
        other.Requests.Single().Header("Authorization").ShouldBeNull();
    }

    [Fact]
    public void Salt_OfAChannel_IsNotShown()
    {
        var request = TestClient.Start() with
        {
            Encryption = new()
            {
                Mode = EncryptionMode.Aes128Gcm2,
                Key = "class-key",
                Salt = "c2FsdC1vZi0zMi1ieXRlcy1hYWFhYWFhYWFhYWFhYWE=",
            },
        };

        $"{request}".ShouldNotContain("c2FsdC");
        $"{request}".ShouldContain("class-key");
    }
}
