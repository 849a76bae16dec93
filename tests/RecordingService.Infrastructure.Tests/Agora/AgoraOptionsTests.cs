using Microsoft.Extensions.Options;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Tests.Agora;

public sealed class AgoraOptionsTests
{
    private static readonly AgoraOptionsValidator Validator = new(new HashSet<string> { "main" });

    [Fact]
    public void Defaults_WithCredentials_AreValid() => Faults(Valid()).ShouldBeEmpty();

    [Fact]
    public void Faults_OfManyKeys_AreAllReportedAtOnceWithoutSecrets()
    {
        var options = Valid();
        options.DefaultProject = "other";
        options.AttemptTimeout = TimeSpan.FromSeconds(9);
        var project = options.Projects["school"];
        project.AppId = "short";
        project.CustomerKey = null;
        project.CustomerSecret = new Secret("env:NO_SUCH_VARIABLE_HERE");
        project.Certificate = new Secret("not-a-certificate-but-secret");
        project.Hosts = ["https://ok.example", "ftp://bad.example", "http://a/path"];
        project.RecorderUids = new RecorderUidRanges
        {
            PrimaryFrom = 1,
            PrimaryTo = 2000,
            BackupFrom = 2000,
            BackupTo = 3000,
        };
        project.RequestsPerSecond = 0;
        project.StorageProfile = "gone";

        var faults = Faults(options);

        faults.Count.ShouldBe(11);
        faults.ShouldContain(f => f.StartsWith("Agora:DefaultProject is 'other'", StringComparison.Ordinal));
        faults.ShouldContain(f => f.StartsWith("Agora:Projects:school:AppId is 'short'", StringComparison.Ordinal));
        faults.ShouldContain(f => f.Contains("NO_SUCH_VARIABLE_HERE", StringComparison.Ordinal));
        faults.ShouldContain(f => f.Contains("RecorderUids: the halves 1-2000 and 2000-3000 overlap", StringComparison.Ordinal));
        faults.ShouldContain(f => f.StartsWith("Agora:Projects:school:Hosts:1 is", StringComparison.Ordinal));
        string.Join('\n', faults).ShouldNotContain("not-a-certificate-but-secret");
    }

    [Fact]
    public void NotificationSecrets_MoreThanTwoOrUnreadable_AreFaultsWithoutTheirValues()
    {
        var faults = Faults(
            Valid(p => p.NotificationSecrets = [new Secret("one-secret"), new Secret("env:NO_SUCH_VARIABLE_HERE"), new Secret("three")])
        );

        faults.Count.ShouldBe(2);
        faults.ShouldContain(f => f.StartsWith("Agora:Projects:school:NotificationSecrets:1 refers", StringComparison.Ordinal));
        faults.ShouldContain(f => f.StartsWith("Agora:Projects:school:NotificationSecrets has 3 entries", StringComparison.Ordinal));
        string.Join('\n', faults).ShouldNotContain("one-secret");
    }

    [Fact]
    public void ChannelKey_ThatCannotBeRead_IsAFault() =>
        Faults(Valid(p => p.ChannelKeys["lessons"] = new Secret(" ")))
            .ShouldHaveSingleItem()
            .ShouldBe("Agora:Projects:school:ChannelKeys:lessons is empty.");

    [Fact]
    public void NoProject_IsAFault() => Faults(new AgoraOptions()).ShouldHaveSingleItem().ShouldStartWith("Agora:Projects");

    [Fact]
    public async Task Configuration_WithSecretsByReference_IsBoundAndReadAndHidden()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "from-a-file\n", TestContext.Current.CancellationToken);
        Environment.SetEnvironmentVariable("AGORA_OPTIONS_TEST_SECRET", "from-the-environment");
        await using var server = (await ScriptedServer.StartAsync()).Answers(200, """{"resourceId":"r"}""");
        await using var client = new ClientUnderTest(
            [server.Address],
            ("Agora:Projects:school:CustomerKey", "env:AGORA_OPTIONS_TEST_SECRET"),
            ("Agora:Projects:school:CustomerSecret", $"file:{file}")
        );

        await client.Agora.AcquireAsync(ClientUnderTest.Acquire, TestContext.Current.CancellationToken);

        server.Seen.Single().Authorization.ShouldBe($"Basic {Convert.ToBase64String("from-the-environment:from-a-file"u8)}");
        new Secret("value").ToString().ShouldBe("***");
        File.Delete(file);
    }

    [Fact]
    public void Configuration_WithFaults_StopsTheService() =>
        Should
            .Throw<OptionsValidationException>(() =>
                new ClientUnderTest([], ("Agora:Projects:school:AppId", "x"), ("Agora:Projects:school:Area", "MainlandChina"))
            )
            .Failures.ShouldHaveSingleItem();

    [Fact]
    public void Uids_WithinOneHalf_MayTouchTheOther() =>
        Faults(
                Valid(p =>
                    p.RecorderUids = new RecorderUidRanges
                    {
                        PrimaryFrom = 1,
                        PrimaryTo = 1000,
                        BackupFrom = 1001,
                        BackupTo = uint.MaxValue,
                    }
                )
            )
            .ShouldBeEmpty();

    [Theory]
    [Trait("Rule", "S4")]
    [InlineData(0u, 5000u, 6000u, 9000u, "PrimaryFrom and PrimaryTo are 0-5000, but must rise and begin at 1")]
    [InlineData(5000u, 1u, 6000u, 9000u, "PrimaryFrom and PrimaryTo are 5000-1, but must rise")]
    [InlineData(1u, 999u, 6000u, 9000u, "PrimaryFrom and PrimaryTo are 1-999, which are 999 uids, but each half needs at least 1000")]
    [InlineData(1u, 1000u, 6000u, 6000u, "BackupFrom and BackupTo are 6000-6000, which are 1 uids, but each half needs at least 1000")]
    [InlineData(1u, 6000u, 6000u, 9000u, "the halves 1-6000 and 6000-9000 overlap, but must be disjoint")]
    public void S4_HalvesThatCannotWork_AreFaultsWithValueAndRule(uint from, uint to, uint backupFrom, uint backupTo, string expected) =>
        Faults(
                Valid(p =>
                    p.RecorderUids = new RecorderUidRanges
                    {
                        PrimaryFrom = from,
                        PrimaryTo = to,
                        BackupFrom = backupFrom,
                        BackupTo = backupTo,
                    }
                )
            )
            .ShouldHaveSingleItem()
            .ShouldContain(expected);

    [Fact]
    [Trait("Rule", "S15")]
    public void S15_CertificateMissingAlthoughAnotherEntryOfTheAppIdHasOne_IsAFault()
    {
        var options = Valid(p => p.Certificate = new Secret(ClientUnderTest.Certificate));
        options.Projects["second"] = new AgoraProjectOptions
        {
            AppId = ClientUnderTest.AppId.ToUpperInvariant(),
            CustomerKey = new Secret("key"),
            CustomerSecret = new Secret("secret"),
        };

        Faults(options)
            .ShouldHaveSingleItem()
            .ShouldStartWith("Agora:Projects:second:Certificate is missing, although project 'school' has one");
    }

    private static AgoraOptions Valid(Action<AgoraProjectOptions>? change = null)
    {
        var project = new AgoraProjectOptions
        {
            AppId = ClientUnderTest.AppId,
            CustomerKey = new Secret("key"),
            CustomerSecret = new Secret("secret"),
        };
        change?.Invoke(project);
        var options = new AgoraOptions();
        options.Projects["school"] = project;
        return options;
    }

    private static List<string> Faults(AgoraOptions options) => [.. Validator.Validate(null, options).Failures ?? []];
}
