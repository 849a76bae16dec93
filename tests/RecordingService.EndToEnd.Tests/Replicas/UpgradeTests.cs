using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Replicas;

/// <summary>Replicas of this version on a database in which an older and a newer version have written, too.</summary>
public sealed class UpgradeTests(EndToEndDatabase postgres)
{
    private const short Older = 0;
    private const short Newer = 2;

    [Fact]
    public async Task RowsOfOtherVersions_AreTakenOverWhenOlderAndLeftAloneWhenNewer()
    {
        await using var cloud = await Cloud.StartAsync(postgres, factor: 10);
        Replica[] replicas = [await cloud.StartReplicaAsync(), await cloud.StartReplicaAsync()];
        var (older, newer) = (await RecordAsync(replicas[0], "older"), await RecordAsync(replicas[1], "newer"));
        await SetVersionAsync(cloud, older, Older);
        await SetVersionAsync(cloud, newer, Newer);
        var (asked, untouched) = (Queries(cloud, "older"), Queries(cloud, "newer"));

        // Due at once, both of them.
        await QueryAsync(cloud, "update recording.schedule set due_at = now() - interval '1 second' where lease_owner is null returning 1");
        await QueryAsync(
            cloud,
            "update recording.runs set document = jsonb_set(document, '{dueAt}', to_jsonb(now() - interval '1 day')) returning 1"
        );
        await Eventually.HoldsAsync(async () => await VersionAsync(cloud, older) == 1);
        await Eventually.HoldsAsync(() => Queries(cloud, "older") >= asked + 2);
        Queries(cloud, "newer").ShouldBe(untouched);

        var (status, body) = await replicas[0].PostAsync($"/v1/recordings/{newer}/stop", null);
        ((int)status).ShouldBeInRange(200, 202, body.ToString());
        Lesson.StateOf(body).ShouldBe("stopping");
        // With both replicas looking every 200 ms, the other class is stopped and done meanwhile.
        await replicas[1].PostAsync($"/v1/recordings/{older}/stop", null);
        await BecomesAsync(replicas[0], older, "completed");
        (await replicas[1].StateAsync(newer)).ShouldBe("stopping");
        Stops(cloud, "newer").ShouldBe(0);
        (
            await cloud.QueryAsync(
                "select lease_owner is null and due_at <= now() and priority = 0 and state_version = 2 from recording.schedule where recording_id = @id",
                row => row.GetBoolean(0),
                ("id", Guid.Parse(newer))
            )
        ).ShouldBe([true]);

        // A replica that can read it is there: to these the row is as good as written by their own.
        await SetVersionAsync(cloud, newer, 1);
        await BecomesAsync(replicas[0], newer, "completed");
        cloud.Agora.Journal.Recorders("newer").ShouldHaveSingleItem();
        cloud.Agora.Journal.Recorders("older").ShouldHaveSingleItem();
    }

    private static async Task<string> RecordAsync(Replica replica, string channel)
    {
        var id = await replica.RecordAsync(channel);
        await BecomesAsync(replica, id, "recording");
        return id;
    }

    private static async Task BecomesAsync(Replica replica, string id, string wanted)
    {
        try
        {
            await Eventually.BecomesAsync(
                () => replica.StateAsync(id),
                state => state == wanted,
                TimeSpan.FromSeconds(45),
                description: wanted
            );
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message}\n{await replica.TellAsync(id)}", exception);
        }
    }

    private static int Queries(Cloud cloud, string channel) => Count(cloud, channel, AgoraOperation.Query);

    private static int Stops(Cloud cloud, string channel) => Count(cloud, channel, AgoraOperation.Stop);

    private static int Count(Cloud cloud, string channel, AgoraOperation operation) =>
        cloud.Agora.Journal.Calls().Count(call => call.Channel == channel && call.Operation == operation);

    /// <summary>As if a replica of another version had settled it last.</summary>
    private static Task SetVersionAsync(Cloud cloud, string id, short version) =>
        Eventually.HoldsAsync(async () =>
            (
                await cloud.QueryAsync(
                    "update recording.schedule set state_version = @version where recording_id = @id and lease_owner is null returning 1",
                    row => row.GetInt32(0),
                    ("id", Guid.Parse(id)),
                    ("version", version)
                )
            ).Count == 1
        );

    private static async Task<short> VersionAsync(Cloud cloud, string id) =>
        (
            await cloud.QueryAsync(
                "select state_version from recording.schedule where recording_id = @id",
                row => row.GetInt16(0),
                ("id", Guid.Parse(id))
            )
        )[0];

    private static Task<IReadOnlyList<int>> QueryAsync(Cloud cloud, string sql) => cloud.QueryAsync(sql, row => row.GetInt32(0));
}
