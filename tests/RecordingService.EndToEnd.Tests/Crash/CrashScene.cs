using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using RecordingService.LocalStack.Processes;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Crash;

/// <summary>One class on its way to a point, over it, and to its end.</summary>
internal sealed class CrashScene(CrashDeployment deployment, string channel) : IAsyncDisposable
{
    private const string Teacher = "7";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Heard = TimeSpan.FromSeconds(20);

    private readonly Stack<IAsyncDisposable> holds = [];
    private Task request = Task.CompletedTask;
    private DateTimeOffset killedAt;

    public CrashDeployment Deployment => deployment;

    public AgoraSimulator Agora => deployment.Agora;

    public string Channel => channel;

    /// <summary>The recording, once its caller knows it.</summary>
    public string Id { get; private set; } = "";

    /// <summary>Whether somebody asked to stop.</summary>
    public bool IsStopAsked { get; private set; }

    /// <summary>How long nobody recorded, up to the request to stop: before the first recorder heard the class, and between recorders. Recording time.</summary>
    public (TimeSpan Before, TimeSpan Between) Missed { get; private set; }

    /// <summary>The replica that callers talk to.</summary>
    public Member Any => deployment.Members[0];

    public IReadOnlyList<RecorderLife> Recorders => Agora.Journal.Recorders(channel);

    public string OnlySid => Recorders.Single().Sid;

    public IReadOnlyList<JournaledCall> Calls(AgoraOperation operation) =>
        [.. Agora.Journal.Calls().Where(call => call.Channel == channel && call.Operation == operation)];

    /// <summary>The teacher comes first, so that all that is missed counts.</summary>
    public void Begin() => Agora.Channels.Join(channel, Teacher);

    /// <summary>Asks a replica to record; repeated with the same key it is the same request.</summary>
    public async Task AskAsync(Member of, string prefer = "wait=0")
    {
        var (status, body) = await of.Replica.PostAsync(
            "/v1/recordings",
            new { channel, roomType = "lecture" },
            ("Idempotency-Key", channel),
            ("Prefer", prefer)
        );
        ((int)status).ShouldBeInRange(200, 202, body.ToString());
        var id = body.GetProperty("id").GetString()!;
        Id.ShouldBeOneOf("", id);
        Id = id;
    }

    public Task AskAsync() => AskAsync(Any);

    /// <summary>Asks and waits until a recorder is proven.</summary>
    public async Task RecordAsync()
    {
        await AskAsync();
        await BecomesAsync("recording");
    }

    /// <summary>Sends a request whose sender may never be answered.</summary>
    public void Send(Func<Task> ask) => request = ask();

    /// <summary>Asks to stop.</summary>
    public async Task StopAsync(Member of)
    {
        if (!IsStopAsked)
        {
            Missed = Measure();
            IsStopAsked = true;
        }

        var (status, body) = await of.Replica.PostAsync($"/v1/recordings/{Id}/stop", null);
        ((int)status).ShouldBeInRange(200, 202, body.ToString());
    }

    public Task StopAsync() => StopAsync(Any);

    /// <summary>Asks for another layout; whoever asks twice gets it once.</summary>
    public async Task ChangeLayoutAsync(Member of)
    {
        using var http = new HttpClient { BaseAddress = of.Replica.Api.Address };
        using var answer = await http.PatchAsJsonAsync(
            $"/v1/recordings/{Id}/layout",
            new { kind = "vertical", largeUid = 7 },
            TestContext.Current.CancellationToken
        );
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public Task ChangeLayoutAsync() => ChangeLayoutAsync(Any);

    /// <summary>The recorder dies, which a query will tell.</summary>
    public void LoseRecorder() => Agora.Faults.KillRecorder(OnlySid).ShouldBeTrue();

    /// <summary>The recorder is not found for some queries, and is there all the same.</summary>
    public void HideRecorder(int queries) => Agora.Faults.Add("query-404-worker", new FaultMatch { Channel = channel, Times = queries });

    /// <summary>Agora tells that the recorder runs.</summary>
    public void TellOfRecorder()
    {
        deployment.Notify();
        Agora.Notifications.Send(
            DemoAccount.AppId,
            new CustomNotice
            {
                EventType = 3,
                Channel = channel,
                Uid = Recorders.Single().Uid,
                Sid = OnlySid,
                Sequence = 100,
                Payload = new JsonObject { ["details"] = new JsonObject { ["status"] = 5 } },
            }
        );
    }

    /// <summary>Recordings of this class that callers can see.</summary>
    public async Task<int> RecordingsAsync() =>
        (await Any.Replica.GetAsync($"/v1/recordings?channel={channel}")).GetProperty("items").GetArrayLength();

    /// <summary>Waits until the recorder that was given up is asked for again, after the death of the replica that last did.</summary>
    public Task WatchesOnAsync() =>
        Eventually.HoldsAsync(
            () => Calls(AgoraOperation.Query).Any(call => call.Sid == Recorders[0].Sid && call.RealAt > killedAt),
            Patience,
            description: "the replaced recorder is watched on"
        );

    /// <summary>Adds something that is to be undone when the replica is dead.</summary>
    public T Until<T>(T hold)
        where T : IAsyncDisposable
    {
        holds.Push(hold);
        return hold;
    }

    /// <summary>Whoever holds the recording now.</summary>
    public async Task<Member> HolderAsync()
    {
        var owner = await OwnerAsync();
        return deployment.Members.Single(member => member.Number == owner);
    }

    public async Task<int?> OwnerAsync() =>
        (
            await deployment.Cloud.QueryAsync(
                "select lease_owner from recording.schedule where recording_id = @id and due_at > now()",
                row => row.IsDBNull(0) ? (int?)null : row.GetInt32(0),
                ("id", Guid.Parse(Id))
            )
        ).SingleOrDefault();

    /// <summary>Waits until somebody else claims the recording. Whoever does may have given it back by the next look, and leaves another token.</summary>
    public async Task BecomesAnothersAsync(Member than)
    {
        (await OwnerAsync()).ShouldBe(than.Number);
        var token = await TokenAsync();
        await Eventually.HoldsAsync(async () => await TokenAsync() != token, Patience);
    }

    private async Task<long> TokenAsync() =>
        (
            await deployment.Cloud.QueryAsync(
                "select lease_token from recording.schedule where recording_id = @id",
                row => row.GetInt64(0),
                ("id", Guid.Parse(Id))
            )
        ).SingleOrDefault();

    /// <summary>Rows of a table that belong to the recording.</summary>
    public async Task<long> CountAsync(string table) =>
        (
            await deployment.Cloud.QueryAsync(
                $"select count(*) from recording.{table} where recording_id = @id",
                row => row.GetInt64(0),
                ("id", Guid.Parse(Id))
            )
        )[0];

    /// <summary>Kills a replica, lets go of what held it, and waits for a sign of another one.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> KillAsync(Member doomed, Func<CrashScene, Task> repeat)
    {
        await deployment.KillAsync(doomed);
        killedAt = TimeProvider.System.GetUtcNow();
        await LetGoAsync();
        deployment.StartNext();
        await request.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await repeat(this);
        var sign = await Eventually.BecomesAsync(
            () => Task.FromResult(SignsAfter(killedAt)),
            signs => signs.Count > 0,
            Patience,
            description: "another replica takes over"
        );
        return sign.Min() - killedAt;
    }

    /// <summary>What the callers see of the recording.</summary>
    public Task<JsonElement> ReadAsync() => Any.Replica.GetAsync($"/v1/recordings/{Id}");

    public Task<JsonElement> BecomesAsync(params string[] states) =>
        BecomesAsync(recording => states.Contains(Lesson.StateOf(recording)), string.Join(" or ", states));

    public async Task<JsonElement> BecomesAsync(Func<JsonElement, bool> wanted, string what)
    {
        try
        {
            return await Eventually.BecomesAsync(ReadAsync, wanted, Patience, description: what);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message}\n{await TimelineAsync()}", exception);
        }
    }

    /// <summary>The sids that callers are told.</summary>
    public async Task<IReadOnlyList<string>> SidsAsync() =>
        [
            .. (await ReadAsync())
                .GetProperty("runs")
                .EnumerateArray()
                .Select(run => run.GetProperty("agora").GetProperty("sid").GetString())
                .OfType<string>(),
        ];

    /// <summary>Ends the sessions that wait for a lock of this class.</summary>
    public async Task EndWaitingAsync()
    {
        foreach (var hold in holds.OfType<DatabaseHold>())
        {
            await hold.EndWaitingAsync();
        }
    }

    /// <summary>Waits until the class was recorded for long enough to have files.</summary>
    public Task HearAsync()
    {
        var enough = Agora.Journal.Recorded(channel) + Heard;
        return Eventually.HoldsAsync(() => Agora.Journal.Recorded(channel) >= enough, Patience);
    }

    public async Task<string> TimelineAsync()
    {
        var calls = Agora
            .Journal.Calls()
            .Where(call => call.Channel == channel)
            .Select(call =>
                $"{call.At:HH:mm:ss.f} {call.Operation} uid {call.Uid} -> {call.Status}/{call.Code} performed {call.Performed} lost {call.AnswerLost}"
            );
        return $"{(Id == "" ? "" : await Any.Replica.TellAsync(Id))}\njournal:\n{string.Join('\n', calls)}";
    }

    public async ValueTask DisposeAsync()
    {
        await LetGoAsync();
        Agora.Faults.Clear();
        Agora.Channels.Leave(channel, Teacher);
    }

    /// <summary>Undoes what holds calls and writes.</summary>
    public async Task LetGoAsync()
    {
        while (holds.TryPop(out var hold))
        {
            await hold.DisposeAsync();
        }
    }

    /// <summary>Calls to Agora and reads of the bucket for this class.</summary>
    private IReadOnlyList<DateTimeOffset> SignsAfter(DateTimeOffset time) =>
        [
            .. Agora
                .Journal.Calls()
                .Where(call => call.Channel == channel)
                .Select(call => call.RealAt)
                .Concat(Id == "" ? [] : deployment.Front.ReadsOf(Guid.Parse(Id).ToString("N")))
                .Where(at => at > time),
        ];

    private (TimeSpan Before, TimeSpan Between) Measure()
    {
        var heard = Recorders.SelectMany(recorder => recorder.Receiving).ToList();
        if (heard.Count == 0)
        {
            return (Agora.Journal.Published(channel), TimeSpan.Zero);
        }

        // What goes on ends at the time of the look.
        var sinceFirst = heard.Max(interval => interval.To) - heard.Min(interval => interval.From);
        return (Agora.Journal.Published(channel) - sinceFirst, sinceFirst - Agora.Journal.Recorded(channel));
    }
}
