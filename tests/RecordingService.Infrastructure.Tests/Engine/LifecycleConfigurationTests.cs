using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using RecordingService.Domain.Lifecycle;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Infrastructure.Tests.Engine;

public sealed class LifecycleConfigurationTests
{
    [Fact]
    public void Waits_NotConfigured_AreTheDefaults() => Read().ShouldBe(new LifecycleOptions(), new OptionsComparer());

    [Fact]
    public void Waits_Configured_ReplaceTheDefaultsAsAWhole()
    {
        var options = Read(
            ("Lifecycle:StartLadder:0", "00:00:01"),
            ("Lifecycle:StartLadder:1", "00:00:02"),
            ("lifecycle:proofLimit", "00:02:00"),
            ("Lifecycle:RefusalsToConvict", "5"),
            ("Lifecycle:KeptOnReturn", "oldest")
        );

        options.StartLadder.ShouldBe([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)]);
        options.ProofLimit.ShouldBe(TimeSpan.FromMinutes(2));
        options.RefusalsToConvict.ShouldBe(5);
        options.KeptOnReturn.ShouldBe(KeptRecorder.Oldest);
        options.DoubtLadder.ShouldBe(new LifecycleOptions().DoubtLadder);
    }

    [Theory]
    [InlineData("ProofLimt", "00:01:30", "no wait")]
    [InlineData("ProofLimit", "soon", "'soon'")]
    [InlineData("ProofLimit", "00:00:00", "more than 0")]
    [InlineData("ProofLimit", "90", "30 days")]
    [InlineData("StartLadder", "00:00:01", "a list")]
    [InlineData("StartLadder:0", "-00:00:01", "a list")]
    [InlineData("RefusalsToConvict", "0", "from 1")]
    [InlineData("ConfirmBy", "prayer", "Query, QueryOrNotification")]
    [InlineData("ConfirmBy", "7", "Query, QueryOrNotification")]
    [InlineData("ControlPeriod", "1.00:00:00", "allowed is")]
    [InlineData("ControlPeriod", "2.00:00:00.5", null)]
    [InlineData("ResourceLifetime", "00:06:00", "Agora grants")]
    public void Waits_Unfit_AreToldWithKeyValueAndRule(string key, string value, string? rule)
    {
        var read = () => Read(($"Lifecycle:{key}", value));

        if (rule is null)
        {
            read().ControlPeriod.ShouldBeGreaterThan(TimeSpan.FromDays(2));
            return;
        }

        var fault = read.ShouldThrow<OptionsValidationException>().Failures.ShouldHaveSingleItem();
        fault.ShouldContain($"Lifecycle:{key.Split(':')[0]}");
        fault.ShouldContain(rule);
    }

    [Fact]
    public void Waits_AllOfThem_StandInTheDocumentation()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "docs", "configuration.md")))
        {
            folder = folder.Parent;
        }

        var text = File.ReadAllText(Path.Combine(folder.FullName, "docs", "configuration.md"));
        typeof(LifecycleOptions)
            .GetProperties()
            .Select(property => property.Name)
            .Where(name => !text.Contains($"| `{name}` |"))
            .ShouldBeEmpty();
    }

    private static LifecycleOptions Read(params (string Key, string Value)[] settings) =>
        LifecycleConfiguration.Read(
            new ConfigurationBuilder()
                .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)))
                .Build()
        );

    /// <summary>Records compare lists by reference.</summary>
    private sealed class OptionsComparer : IEqualityComparer<LifecycleOptions>
    {
        public bool Equals(LifecycleOptions? x, LifecycleOptions? y) => Text(x!) == Text(y!);

        public int GetHashCode(LifecycleOptions obj) => 0;

        private static string Text(LifecycleOptions options) => System.Text.Json.JsonSerializer.Serialize(options);
    }
}
