using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Tests.Engine.Support;
using RecordingService.Testing;

namespace RecordingService.Infrastructure.Tests.Engine;

/// <summary>Keys of callers: what is stored of them, who is let in, and when no more.</summary>
public sealed class ApiKeyTests(EngineDatabase server) : EngineTest(server)
{
    private static readonly TimeSpan PastFreshness = ApiKeyRing.Freshness + TimeSpan.FromMilliseconds(1);
    private static readonly NewApiKey Timetable = new("timetable", [Scope.Record, Scope.Read], ["school"], null);

    private readonly ManualTimeProvider time = new();

    private ApiKeys Keys => new(Database);

    [Fact]
    public async Task Key_Made_IsGoodAtOnceOnAReplicaThatHasReadTheKeysBefore()
    {
        var ring = NewRing();
        (await ring.VerifyAsync(Text("000000000000"), Cancellation)).ShouldBeOfType<ApiKeyVerdict.Refused>();

        var created = await CreateAsync(Timetable);

        var good = (await ring.VerifyAsync(created.Text, Cancellation)).ShouldBeOfType<ApiKeyVerdict.Good>();
        (good.Id, good.Caller).ShouldBe((created.Key.Id, "timetable"));
        good.Scopes.ShouldBe([Scope.Record, Scope.Read]);
        good.Projects.ShouldBe(["school"]);
    }

    [Fact]
    public async Task Key_Stored_IsItsHashAlone()
    {
        var created = await CreateAsync(Timetable);
        var secret = created.Text.Split('_')[2];

        created.Text.ShouldMatch("^rsk_[0-9A-Za-z]{12}_[0-9A-Za-z]{43}$");
        var row = await ScalarAsync<string>("select k::text from recording.api_keys k");
        row.ShouldContain(created.Key.Id);
        row.ShouldContain(Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(secret))));
        (row + await ScalarAsync<string>("select string_agg(a::text, ' ') from recording.audit a")).ShouldNotContain(secret);
    }

    [Fact]
    public async Task Key_Revoked_IsRefusedEverywhereAsSoonAsTheKeysAreReadAgain()
    {
        var created = await CreateAsync(Timetable);
        var ring = NewRing();
        (await ring.VerifyAsync(created.Text, Cancellation)).ShouldBeOfType<ApiKeyVerdict.Good>();
        (await ring.HoldsAsync(created.Key.Id, Cancellation)).ShouldBeTrue();

        (await Keys.RevokeAsync(created.Key.Id, Somebody, Cancellation)).ShouldBeTrue();

        time.Advance(PastFreshness);
        (await ring.HoldsAsync(created.Key.Id, Cancellation)).ShouldBeFalse("a stream ends then");
        var refused = (await ring.VerifyAsync(created.Text, Cancellation)).ShouldBeOfType<ApiKeyVerdict.Refused>();
        refused.Why.ShouldContain("was revoked at");
        ApiKeyRing.Freshness.ShouldBeLessThan(TimeSpan.FromSeconds(10), "a revocation is promised to be effective within 10 s");
    }

    [Fact]
    public async Task Key_Verified_CostsNoReadUntilItsTimeIsOver()
    {
        var created = await CreateAsync(Timetable);
        var ring = NewRing();

        for (var i = 0; i < 100; i++)
        {
            await ring.VerifyAsync(created.Text, Cancellation);
        }

        ring.Work.Reads.ShouldBe(1);
        time.Advance(PastFreshness);
        await ring.VerifyAsync(created.Text, Cancellation);
        ring.Work.Reads.ShouldBe(2);
    }

    [Fact]
    public async Task Key_WhoseTimeIsOver_IsRefusedByTheClockOfTheDatabase()
    {
        var created = await CreateAsync(Timetable with { Life = TimeSpan.FromHours(1) });
        var ring = NewRing();
        (await ring.VerifyAsync(created.Text, Cancellation)).ShouldBeOfType<ApiKeyVerdict.Good>();

        await ExecuteAsync("update recording.api_keys set expires_at = now() - interval '1 second'");
        time.Advance(PastFreshness);

        var refused = (await ring.VerifyAsync(created.Text, Cancellation)).ShouldBeOfType<ApiKeyVerdict.Refused>();
        refused.Why.ShouldContain("expired at");
    }

    [Fact]
    public async Task Keys_DuringARotation_AreTwoAndBothGood()
    {
        var (old, fresh) = (await CreateAsync(Timetable), await CreateAsync(Timetable));
        var ring = NewRing();

        (await ring.VerifyAsync(old.Text, Cancellation)).ShouldBeOfType<ApiKeyVerdict.Good>();
        (await ring.VerifyAsync(fresh.Text, Cancellation)).ShouldBeOfType<ApiKeyVerdict.Good>();
        var tooMany = (await Keys.CreateAsync(Timetable, Somebody, Cancellation)).ShouldBeOfType<ApiKeyOutcome.TooMany>();

        tooMany.Live.ShouldBe([old.Key.Id, fresh.Key.Id], ignoreOrder: true);
        await Keys.RevokeAsync(old.Key.Id, Somebody, Cancellation);
        await CreateAsync(Timetable);
        await ExecuteAsync($"update recording.api_keys set expires_at = now() where id = '{fresh.Key.Id}'");
        await CreateAsync(Timetable);
    }

    [Fact]
    public async Task Keys_AskedForAtTheSameMoment_AreNeverMoreThanTwo()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Keys.CreateAsync(Timetable, Somebody, Cancellation)));

        outcomes.OfType<ApiKeyOutcome.Created>().Count().ShouldBe(ApiKeys.MostLive);
        (await ScalarAsync<long>("select count(*) from recording.api_keys")).ShouldBe(ApiKeys.MostLive);
    }

    [Fact]
    public async Task UnknownId_AndWrongSecret_CostTheSameAndAreToldAlike()
    {
        var created = await CreateAsync(Timetable);
        var ring = NewRing();
        await ring.VerifyAsync(created.Text, Cancellation);

        var (unknown, unknownWork) = await MeasureAsync(Text("000000000000"));
        var (wrong, wrongWork) = await MeasureAsync(Text(created.Key.Id));

        unknownWork.ShouldBe((1, 2));
        wrongWork.ShouldBe(unknownWork);
        wrong.Why.ShouldBe(unknown.Why);

        async Task<(ApiKeyVerdict.Refused Verdict, (int Reads, int Comparisons) Work)> MeasureAsync(string text)
        {
            var before = ring.Work;
            var verdict = (await ring.VerifyAsync(text, Cancellation)).ShouldBeOfType<ApiKeyVerdict.Refused>();
            return (verdict, (ring.Work.Reads - before.Reads, ring.Work.Comparisons - before.Comparisons));
        }
    }

    [Fact]
    public void Secrets_AreComparedInConstantTime() =>
        Called(typeof(ApiKeyText).GetMethod(nameof(ApiKeyText.Matches))!)
            .ShouldContain(typeof(CryptographicOperations).GetMethod(nameof(CryptographicOperations.FixedTimeEquals)));

    [Theory]
    [InlineData("")]
    [InlineData("rsk_")]
    [InlineData("rsk_000000000000")]
    [InlineData("rsk_000000000000_")]
    [InlineData("rsk_00000000000_0000000000000000000000000000000000000000000")]
    [InlineData("rsk_000000000000_000000000000000000000000000000000000000000")]
    [InlineData("rsk_000000000000_000000000000000000000000000000000000000000é")]
    [InlineData("RSK_000000000000_0000000000000000000000000000000000000000000")]
    [InlineData("rsk_000000000000_00000000000000000000000000000000000000000_0")]
    public async Task Text_ThatIsNoKey_CostsTheDatabaseNothing(string text)
    {
        var ring = NewRing();

        (await ring.VerifyAsync(text, Cancellation)).ShouldBeOfType<ApiKeyVerdict.Refused>().Id.ShouldBeNull();

        ring.Work.ShouldBe((0, 0));
    }

    [Fact]
    public async Task BadKeys_HoweverMany_ShareTheReadsOfOneAfterTheOther()
    {
        var ring = NewRing();
        await ring.VerifyAsync(Text("000000000000"), Cancellation);
        // The read that comes waits here.
        await using var holder = await Database.OpenConnectionAsync(Cancellation);
        await using var held = await holder.BeginTransactionAsync(Cancellation);
        await using (var hold = new Npgsql.NpgsqlCommand("lock table recording.api_keys in access exclusive mode", holder, held))
        {
            await hold.ExecuteNonQueryAsync(Cancellation);
        }

        var before = ring.Work.Reads;
        var all = Enumerable.Range(0, 500).Select(_ => ring.VerifyAsync(Text("000000000000"), Cancellation).AsTask()).ToList();
        await held.RollbackAsync(Cancellation);
        await Task.WhenAll(all);

        (ring.Work.Reads - before).ShouldBeInRange(1, 3);
    }

    [Fact]
    public async Task LastUse_IsWrittenAtMostOnceAMinute()
    {
        var created = await CreateAsync(Timetable);
        var ring = NewRing();
        await ring.VerifyAsync(created.Text, Cancellation);
        var first = await Eventually.BecomesAsync(LastUsedAsync, at => at != DateTime.MinValue);

        // Another replica comes too early.
        var other = NewRing();
        await other.VerifyAsync(created.Text, Cancellation);
        await other.Writing;
        (await LastUsedAsync()).ShouldBe(first);
        await ring.VerifyAsync(created.Text, Cancellation);
        await ExecuteAsync("update recording.api_keys set last_used_at = last_used_at - interval '2 minutes'");
        await ring.VerifyAsync(created.Text, Cancellation);
        await ring.Writing;
        (await LastUsedAsync()).ShouldBe(first - TimeSpan.FromMinutes(2), "this replica has written it within the minute");
        time.Advance(TimeSpan.FromSeconds(62));
        await ring.VerifyAsync(created.Text, Cancellation);

        await Eventually.BecomesAsync(LastUsedAsync, at => at > first);

        Task<DateTime> LastUsedAsync() => ScalarAsync<DateTime>("select coalesce(last_used_at, '-infinity') from recording.api_keys");
    }

    [Fact]
    public async Task Key_RevokedTwice_IsAuditedOnceAndKeepsItsFirstRevocation()
    {
        var created = await CreateAsync(Timetable);

        (await Keys.RevokeAsync(created.Key.Id, new Actor("ada", "k1", "t1"), Cancellation)).ShouldBeTrue();
        (await Keys.RevokeAsync(created.Key.Id, new Actor("grace"), Cancellation)).ShouldBeTrue();
        (await Keys.RevokeAsync("000000000000", Somebody, Cancellation)).ShouldBeFalse();

        (await Keys.ListAsync(Cancellation)).ShouldHaveSingleItem().RevokedBy.ShouldBe("ada");
        var lines = await (await StartReplicaAsync()).Get<Audit>().ListAsync(0, 10, Cancellation);
        lines
            .Select(line => $"{line.Caller} {line.Action} {line.Subject}")
            .ShouldBe([$"test createApiKey {created.Key.Id}", $"ada revokeApiKey {created.Key.Id}"]);
        (lines[1].KeyId, lines[1].TraceId).ShouldBe(("k1", "t1"));
    }

    [Fact]
    public async Task Audit_OfATransactionThatCommitsLate_StandsBeforeWhatFollowedIt()
    {
        var audit = (await StartReplicaAsync()).Get<Audit>();
        await using var holder = await Database.OpenConnectionAsync(Cancellation);
        await using var late = await holder.BeginTransactionAsync(Cancellation);
        await Audit.WriteAsync(late, Somebody, "late", "x", [], Cancellation);

        var prompt = CreateAsync(Timetable);

        await Eventually.BecomesAsync(
            () => ScalarAsync<long>("select count(*) from pg_locks where locktype = 'advisory' and not granted"),
            waiting => waiting == 1
        );
        (await audit.ListAsync(0, 10, Cancellation)).ShouldBeEmpty();
        await late.CommitAsync(Cancellation);
        await prompt;
        (await audit.ListAsync(0, 10, Cancellation)).Select(line => line.Action).ShouldBe(["late", "createApiKey"]);
    }

    private ApiKeyRing NewRing() => new(Database, time, NullLogger<ApiKeyRing>.Instance);

    private async Task<ApiKeyOutcome.Created> CreateAsync(NewApiKey wanted) =>
        (await Keys.CreateAsync(wanted, Somebody, Cancellation)).ShouldBeOfType<ApiKeyOutcome.Created>();

    /// <summary>A key of that id with a secret that is nobody's.</summary>
    private static string Text(string id) => $"rsk_{id}_{new string('0', 43)}";

    private static IEnumerable<MethodBase?> Called(MethodBase method)
    {
        var code = method.GetMethodBody()!.GetILAsByteArray()!;
        for (var at = 1; at + 4 <= code.Length; at++)
        {
            // call, and a method's token; other bytes may look alike.
            if (code[at - 1] == 0x28 && (code[at + 3] is 0x06 or 0x0A or 0x2B))
            {
                yield return method.Module.ResolveMethod(BitConverter.ToInt32(code, at));
            }
        }
    }
}
