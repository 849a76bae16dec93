using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RecordingService.Domain;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;
using RecordingService.Testing;
using static RecordingService.Infrastructure.Tests.Engine.Support.ScriptedAgora;

namespace RecordingService.Infrastructure.Tests.Engine;

public sealed class OrchestratorTests(EngineDatabase server) : EngineTest(server)
{
    [Fact]
    public async Task Loop_DatabaseEndsEverySessionAndRefusesForAWhile_GoesOnAfterwards()
    {
        var replica = NewReplica();
        await replica.Orchestrator.StartAsync(Cancellation);
        await Eventually.HoldsAsync(() => replica.State.IsReady);
        var id = await replica.AcceptAsync();
        await Eventually.HoldsAsync(async () => (await replica.FindAsync(id)).State == RecordingState.Recording);

        await RefuseAsync(true);
        await Eventually.HoldsAsync(() => !replica.State.IsReady);
        var before = replica.Agora.Queries.Count;
        await RefuseAsync(false);

        await Eventually.HoldsAsync(() => replica.State.IsReady);
        await Eventually.HoldsAsync(() => replica.Agora.Queries.Count > before + 3);
        (await replica.FindAsync(id)).Runs.Count.ShouldBe(1, "an outage of the database is no fault of the recorder");
        await replica.Orchestrator.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Loop_ReplicaThatOnlyAnswers_NoticesThatTheDatabaseIsAway()
    {
        var replica = NewReplica(new() { Configuration = new Dictionary<string, string?> { ["Engine:Works"] = "false" } });
        await replica.Orchestrator.StartAsync(Cancellation);
        await Eventually.HoldsAsync(() => replica.State.IsReady);

        await RefuseAsync(true);
        await Eventually.HoldsAsync(() => !replica.State.IsReady);
        await RefuseAsync(false);

        await Eventually.HoldsAsync(() => replica.State.IsReady);
        await replica.Orchestrator.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Loop_ProcessingThrows_IsTriedAgainLaterAndLater()
    {
        var replica = NewReplica();
        replica.Agora.Acquire = _ => throw new InvalidOperationException("A fault of this service.");
        await replica.Orchestrator.StartAsync(Cancellation);
        await Eventually.HoldsAsync(() => replica.State.IsReady);
        var id = await replica.AcceptAsync();

        await Eventually.HoldsAsync(() => replica.Log.Of(2006).Count == 1);
        (await DelayAsync(id)).ShouldBeInRange(1, 2);
        await EndLeaseAsync(id);
        await Eventually.HoldsAsync(() => replica.Log.Of(2006).Count == 2);
        (await DelayAsync(id)).ShouldBeInRange(3, 4);

        replica.Agora.Acquire = _ => Task.FromResult(Ok(new AcquiredResource("resource")));
        await EndLeaseAsync(id);
        await Eventually.HoldsAsync(async () => (await replica.FindAsync(id)).State == RecordingState.Recording);
        (await ScalarAsync<short>("select attempt from recording.schedule")).ShouldBeLessThanOrEqualTo((short)1, "a success starts anew");
        await replica.Orchestrator.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Loop_ProcessingThrowsFiveTimes_TellsCallersAndOperatorsUntilItWorksAgain()
    {
        var replica = NewReplica();
        replica.Agora.Acquire = _ => throw new InvalidOperationException("A fault of this service.");
        await replica.Orchestrator.StartAsync(Cancellation);
        await Eventually.HoldsAsync(() => replica.State.IsReady);
        var id = await replica.AcceptAsync();
        for (var failure = 1; failure <= 4; failure++)
        {
            await Eventually.HoldsAsync(() => replica.Log.Of(2006).Count == failure);
            await Eventually.HoldsAsync(async () => await ScalarAsync<bool>("select lease_owner is null from recording.schedule"));
            (await replica.FindAsync(id)).Reason.ShouldBeNull();
            await EndLeaseAsync(id);
        }

        await Eventually.HoldsAsync(async () => (await replica.FindAsync(id)).Reason is { Code: "internal" });
        await Eventually.HoldsAsync(() => replica.Log.Of(2017).Count == 1);
        (await TimelineAsync(id)).ShouldContain(line => line.StartsWith("Alert: This service fails", StringComparison.Ordinal));

        replica.Agora.Acquire = _ => Task.FromResult(Ok(new AcquiredResource("resource")));
        await EndLeaseAsync(id);
        await Eventually.HoldsAsync(async () => (await replica.FindAsync(id)) is { State: RecordingState.Recording, Reason: null });
        await replica.Orchestrator.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Stop_StartInFlight_SettlesItsOutcomeReleasesAtOnceAndBeginsNothingNew()
    {
        var leaving = NewReplica();
        var gate = new Gate();
        leaving.Agora.Start = async _ =>
        {
            await gate.PassAsync();
            return Ok(new StartedRecorder("sid"));
        };
        await leaving.Orchestrator.StartAsync(Cancellation);
        await Eventually.HoldsAsync(() => leaving.State.IsReady);
        var id = await leaving.AcceptAsync();
        await gate.Reached;

        var stopping = leaving.Orchestrator.StopAsync(Cancellation);
        var late = await leaving.AcceptAsync("accepted while it drains");
        gate.Open();
        await stopping;

        leaving.Agora.Acquires.Count.ShouldBe(1, "nothing new was begun");
        (await RunsAsync(id))[0].Sid.ShouldBe("sid");
        (await ScalarAsync<long>("select count(*) from recording.schedule where lease_owner is not null")).ShouldBe(0);
        var heir = await StartReplicaAsync();
        await heir.WorkUntilAsync(id, recording => recording.State == RecordingState.Recording);
        await heir.WorkUntilAsync(late, recording => recording.State == RecordingState.Recording);
        heir.Log.Of(2001).ShouldBeEmpty();
    }

    [Fact]
    public async Task Stop_AcquireInFlight_LeavesTheStartToAnotherReplicaAtOnce()
    {
        var leaving = NewReplica();
        var gate = new Gate();
        leaving.Agora.Acquire = async _ =>
        {
            await gate.PassAsync();
            return Ok(new AcquiredResource("resource"));
        };
        await leaving.Orchestrator.StartAsync(Cancellation);
        await Eventually.HoldsAsync(() => leaving.State.IsReady);
        var id = await leaving.AcceptAsync();
        await gate.Reached;

        var stopping = leaving.Orchestrator.StopAsync(Cancellation);
        gate.Open();
        await stopping;

        leaving.Agora.Starts.ShouldBeEmpty();
        var heir = await StartReplicaAsync();
        await FillBudgetAsync();
        (await heir.WorkOnceAsync()).ShouldBe(1);
        heir.Agora.Acquires.ShouldBeEmpty("the resource is known");
        heir.Agora.Starts.ShouldHaveSingleItem().ResourceId.ShouldBe("resource");
    }

    /// <summary>HTTP stops before the engine does and waits for its requests; they must hear of the end before.</summary>
    [Fact]
    public async Task Host_Stops_TellsWaitsBeforeOtherServicesStop()
    {
        var replica = NewReplica();
        using var host = new HostBuilder()
            .ConfigureServices(services =>
            {
                services.AddSingleton<IHostedService>(replica.Orchestrator);
                services.AddSingleton<IHostedService>(_ => new LikeHttp(replica.State));
            })
            .Build();
        await host.StartAsync(Cancellation);
        await Eventually.HoldsAsync(() => replica.State.IsReady);

        await host.StopAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(10), Cancellation);

        replica.Log.Of(2010).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Stop_CallThatNeverEnds_IsLeftWhenTheDrainIsOver()
    {
        var replica = NewReplica(new() { Configuration = new Dictionary<string, string?> { ["Engine:Drain"] = "00:00:00.300" } });
        var gate = new Gate();
        replica.Agora.Start = async _ =>
        {
            await gate.PassAsync();
            return Ok(new StartedRecorder("sid"));
        };
        await replica.Orchestrator.StartAsync(Cancellation);
        await Eventually.HoldsAsync(() => replica.State.IsReady);
        await replica.AcceptAsync();
        await gate.Reached;

        await replica.Orchestrator.StopAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(10), Cancellation);

        replica.Log.Of(2010).ShouldHaveSingleItem().ShouldContain("1 recordings left");
        gate.Open();
    }

    [Fact]
    public async Task Sessions_PausedInsideATransaction_AreEndedByTheServer()
    {
        var replica = NewReplica();
        await using var command = replica.Database.CreateCommand("show idle_in_transaction_session_timeout");

        (await command.ExecuteScalarAsync(Cancellation)).ShouldBe("5s");
    }

    [Fact]
    public void ConnectionString_WithSettingsOfItsOwn_KeepsThem()
    {
        var settings = EngineServiceCollectionExtensions.WithDefaults(
            "Host=db;Max Auto Prepare=0;Application Name=mine;Options=-c geqo=off"
        );

        settings.MaxAutoPrepare.ShouldBe(0);
        settings.ApplicationName.ShouldBe("mine");
        settings.Options.ShouldBe("-c geqo=off");
        EngineServiceCollectionExtensions.WithDefaults("Host=db").MaxAutoPrepare.ShouldBeGreaterThan(0);
    }

    private async Task<double> DelayAsync(Guid id)
    {
        await Eventually.HoldsAsync(async () =>
            await ScalarAsync<bool>($"select lease_owner is null from recording.schedule where recording_id = '{id}'")
        );
        return await ScalarAsync<double>(
            $"select extract(epoch from due_at - now())::float8 from recording.schedule where recording_id = '{id}'"
        );
    }

    /// <summary>Ends the replica's sessions, and lets nobody in until told otherwise.</summary>
    private async Task RefuseAsync(bool refuse)
    {
        await ExecuteAsAdminAsync($"alter database {DatabaseName} with allow_connections {(refuse ? "false" : "true")}");
        await ExecuteAsAdminAsync(
            $"""
            select pg_terminate_backend(pid) from pg_stat_activity where datname = '{DatabaseName}' and application_name = 'recording-service'
            """
        );
    }

    private sealed class LikeHttp(EngineState state) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            var told = new TaskCompletionSource();
            await using var registration = state.Draining.Register(told.SetResult);
            await told.Task.WaitAsync(cancellationToken);
        }
    }
}
