using System.Net;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Replicas;

/// <summary>The connection to PostgreSQL breaks in the middle of a commit: whether it was committed is not known to whoever asked for it.</summary>
public sealed class CutCommitTests(CutCommitTests.Deployment deployment) : IClassFixture<CutCommitTests.Deployment>
{
    // The commits of a class up to its recorder, in their order, when nothing else is going on.
    private const int Accept = 0;
    private const int IntentOfAcquire = 1;
    private const int IntentOfStart = 2;
    private const int Settlement = 3;

    [Theory]
    [InlineData(Cut.AfterCommit)]
    [InlineData(Cut.BeforeCommit)]
    public async Task Acceptance_WhoseCommitIsNotAnswered_IsOneRecordingForACallerWhoRepeatsIt(Cut how)
    {
        var channel = $"accept-{how}";
        var cuts = deployment.Proxy.Cuts;
        deployment.Proxy.CutNextCommit(how, spare: Accept);

        var (status, _) = await PostAsync(channel);
        var (again, body) = await PostAsync(channel);

        status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (deployment.Proxy.Cuts - cuts).ShouldBe(1);
        // What was committed is found by the key; what was not is accepted now.
        again.ShouldBe(how == Cut.AfterCommit ? HttpStatusCode.OK : HttpStatusCode.Accepted, body.ToString());
        await EndsAsOneAsync(channel, body.GetProperty("id").GetString()!);
    }

    [Theory]
    [InlineData(IntentOfAcquire, Cut.AfterCommit)]
    [InlineData(IntentOfAcquire, Cut.BeforeCommit)]
    [InlineData(IntentOfStart, Cut.AfterCommit)]
    [InlineData(IntentOfStart, Cut.BeforeCommit)]
    [InlineData(Settlement, Cut.AfterCommit)]
    [InlineData(Settlement, Cut.BeforeCommit)]
    public async Task CommitOfTheEngine_ThatIsNotAnswered_HasNoEffectTwiceAndLosesNone(int commit, Cut how)
    {
        var channel = $"commit-{commit}-{how}";
        var cuts = deployment.Proxy.Cuts;
        deployment.Proxy.CutNextCommit(how, spare: commit);

        var (status, body) = await PostAsync(channel);

        status.ShouldBe(HttpStatusCode.Accepted, body.ToString());
        await Eventually.HoldsAsync(() => deployment.Proxy.Cuts > cuts);
        var id = body.GetProperty("id").GetString()!;
        await EndsAsOneAsync(channel, id);
        (deployment.Proxy.Cuts - cuts).ShouldBe(1);
        // What was settled without an answer is known to be settled, and not taken for a lost lease.
        deployment.Service.Api.Process.LastOutput.ShouldNotContain(line =>
            line.Contains(id) && line.Contains("was lost; nothing was written")
        );
    }

    private async Task EndsAsOneAsync(string channel, string id)
    {
        var service = deployment.Service;
        try
        {
            await Eventually.BecomesAsync(() => service.StateAsync(id), state => state == "recording", TimeSpan.FromSeconds(45));
            await Eventually.HoldsAsync(() => deployment.Cloud.Agora.Journal.Recorded(channel) > TimeSpan.FromSeconds(20));
            await service.PostAsync($"/v1/recordings/{id}/stop", null);
            await Eventually.BecomesAsync(() => service.StateAsync(id), state => state == "completed", TimeSpan.FromSeconds(45));
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message}\n{await service.TellAsync(id)}", exception);
        }

        var told = await service.TellAsync(id);
        var journal = deployment.Cloud.Agora.Journal;
        journal.Recorders(channel).ShouldHaveSingleItem(told).LeftAt.ShouldNotBeNull();
        journal
            .Calls()
            .Count(call => call.Channel == channel && call.Operation == AgoraOperation.Start && call.Performed)
            .ShouldBe(1, told);
        (await CountAsync("recordings", "id = @id or channel = @channel")).ShouldBe(1);
        (await CountAsync("runs", "channel = @channel or recording_id = @id")).ShouldBe(1, told);
        (await CountAsync("inputs", "recording_id = @id and @channel <> ''")).ShouldBe(0);
        (await CountAsync("schedule", "recording_id = @id and @channel <> ''")).ShouldBe(0, told);
        told.Split('\n').Count(line => line.Contains("Agora started the recorder.", StringComparison.Ordinal)).ShouldBe(1, told);
        var events = (await service.GetAsync($"/v1/events?recording={id}&limit=1000")).GetProperty("items").EnumerateArray().ToList();
        events.Select(one => one.GetProperty("sequence").GetInt32()).ShouldBe(Enumerable.Range(1, events.Count));
        events
            .Select(one => one.GetProperty("type").GetString()!)
            .Where(type => type is not ("recording.reason_changed" or "recording.files_changed"))
            .ShouldBe([
                "recording.accepted",
                "recording.starting",
                "recording.recording",
                "recording.stopping",
                "recording.uploading",
                "recording.completed",
            ]);
        told.Split('\n').Count(line => line.Contains("Asked to record", StringComparison.Ordinal)).ShouldBe(1, told);

        async Task<long> CountAsync(string table, string where) =>
            (
                await deployment.Cloud.QueryAsync(
                    $"select count(*) from recording.{table} where {where}",
                    row => row.GetInt64(0),
                    ("id", Guid.Parse(id)),
                    ("channel", channel)
                )
            )[0];
    }

    private Task<(HttpStatusCode Status, System.Text.Json.JsonElement Body)> PostAsync(string channel) =>
        deployment.Service.PostAsync("/v1/recordings", new { channel, roomType = "lecture" }, ("Idempotency-Key", channel));

    /// <summary>One replica whose every connection leads through the proxy; the tests of the class use it one after the other, so that no commit but theirs is made.</summary>
    public sealed class Deployment(EndToEndDatabase postgres) : IAsyncLifetime
    {
        public CuttingProxy Proxy { get; private set; } = null!;

        internal Cloud Cloud { get; private set; } = null!;

        internal Replica Service { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var connectionString = await postgres.CreateDatabaseAsync();
            Proxy = new CuttingProxy(connectionString);
            Cloud = await Cloud.StartAsync(connectionString, factor: 10);
            Service = await Cloud.StartReplicaAsync(("ConnectionStrings__Recording", Proxy.ConnectionString));
        }

        public async ValueTask DisposeAsync()
        {
            await Cloud.DisposeAsync();
            await Proxy.DisposeAsync();
        }
    }
}
