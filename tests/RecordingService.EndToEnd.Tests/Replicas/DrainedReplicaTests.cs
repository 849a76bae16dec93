using System.Diagnostics;
using RecordingService.Simulation;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Replicas;

/// <summary>A replica that is asked to stop hands over cleanly.</summary>
public sealed class DrainedReplicaTests(EndToEndDatabase postgres)
{
    [Fact]
    public async Task Replica_TerminatedInTheMiddleOfStarts_LosesNothingAndLetsNoLeaseRunOut()
    {
        const double factor = 10;
        await using var cloud = await Cloud.StartAsync(postgres, factor);
        var leaving = await cloud.StartReplicaAsync();
        cloud.Agora.Faults.Add(
            new Fault
            {
                Match = new FaultMatch { Operation = AgoraOperation.Start },
                DelayAfter = TimeSpan.FromSeconds(2 * factor),
            }
        );
        List<string> ids = [];
        for (var number = 0; number < 8; number++)
        {
            ids.Add(await leaving.RecordAsync($"drain-{number}"));
        }

        await Eventually.HoldsAsync(async () => (await InFlightAsync(cloud)).Count >= 3);
        var number0 = leaving.Number;
        var clock = Stopwatch.StartNew();
        var exitCode = await leaving.Api.TerminateAsync(TimeSpan.FromSeconds(28), TestContext.Current.CancellationToken);

        exitCode.ShouldBe(0);
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(25));
        (await InFlightAsync(cloud)).ShouldBeEmpty();
        (
            await cloud.QueryAsync(
                "select recording_id from recording.schedule where lease_owner = @replica",
                row => row.GetGuid(0),
                ("replica", number0)
            )
        ).ShouldBeEmpty();

        var next = await cloud.StartReplicaAsync();
        for (var number = 0; number < ids.Count; number++)
        {
            await Eventually.BecomesAsync(() => next.StateAsync(ids[number]), state => state == "recording", TimeSpan.FromSeconds(60));
            cloud.Agora.Journal.Recorders($"drain-{number}").ShouldHaveSingleItem(await next.TellAsync(ids[number]));
        }
    }

    [Fact]
    public async Task SameClass_AskedForOnTwoReplicasAtOnce_IsOneRecording()
    {
        await using var cloud = await Cloud.StartAsync(postgres, factor: 10);
        Replica[] replicas = [await cloud.StartReplicaAsync(), await cloud.StartReplicaAsync()];

        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => replicas[number % 2].RecordAsync("twins")));

        ids.Distinct().ShouldHaveSingleItem();
        await Eventually.BecomesAsync(() => replicas[1].StateAsync(ids[0]), state => state == "recording", TimeSpan.FromSeconds(30));
        cloud.Agora.Journal.Recorders("twins").ShouldHaveSingleItem();
    }

    private static Task<IReadOnlyList<string>> InFlightAsync(Cloud cloud) =>
        cloud.QueryAsync("select recording_id from recording.runs where document->>'inFlight' = 'Start'", row => row.GetGuid(0).ToString());
}
