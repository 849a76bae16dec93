using RecordingService.Domain.RoomTypes;

namespace RecordingService.Domain.Tests.RoomTypes;

[Trait("Rule", "S8")]
public sealed class Policies
{
    public static TheoryData<string, RecordingPolicy, string[]> Broken =>
        new()
        {
            {
                "break too long",
                new() { LongestBreak = TimeSpan.FromHours(12) + TimeSpan.FromTicks(1) },
                ["longestBreak"]
            },
            {
                "negative break",
                new() { LongestBreak = TimeSpan.FromSeconds(-1) },
                ["longestBreak"]
            },
            {
                "too short",
                new() { MaxDuration = TimeSpan.FromSeconds(59) },
                ["maxDuration"]
            },
            {
                "longer than a token",
                new() { MaxDuration = new(23, 30, 1) },
                ["maxDuration"]
            },
            {
                "custom layout",
                new() { Layout = VideoLayout.Custom },
                ["layout"]
            },
            {
                "pictures of a mix",
                new() { SnapshotInterval = TimeSpan.FromSeconds(10) },
                ["snapshotInterval"]
            },
            {
                "only pictures of a mix",
                new() { SnapshotsOnly = true },
                ["snapshotsOnly"]
            },
            { "mp4 of single streams", Individual with { Mp4 = true }, ["mp4"] },
            { "original with video", Individual with { StreamMode = StreamMode.Original }, ["streamMode"] },
            { "pictures too often", Individual with { SnapshotInterval = TimeSpan.FromSeconds(4) }, ["snapshotInterval"] },
            { "pictures too seldom", Individual with { SnapshotInterval = TimeSpan.FromSeconds(3601) }, ["snapshotInterval"] },
            { "pictures at odd times", Individual with { SnapshotInterval = TimeSpan.FromSeconds(7.5) }, ["snapshotInterval"] },
            {
                "pictures of sound",
                Individual with
                {
                    SnapshotInterval = TimeSpan.FromSeconds(10),
                    StreamTypes = StreamTypes.Audio,
                },
                ["streamTypes"]
            },
            { "nothing at all", Individual with { SnapshotsOnly = true }, ["snapshotsOnly"] },
            { "narrow page", Page with { Quality = new(239, 720, 15, 1500) }, ["quality.width"] },
            { "high page", Page with { Quality = new(1080, 1921, 15, 1500) }, ["quality.height", "quality"] },
            { "large page", Page with { Quality = new(1920, 1081, 15, 1500) }, ["quality"] },
            { "slow page", Page with { Quality = new(1280, 720, 4, 1500) }, ["quality.framesPerSecond"] },
            { "fast page", Page with { Quality = new(1280, 720, 61, 1500) }, ["quality.framesPerSecond"] },
            { "page without bits", Page with { Quality = new(1280, 720, 15, 49) }, ["quality.bitrateKbps"] },
            { "page with too many bits", Page with { Quality = new(1280, 720, 15, 6501) }, ["quality.bitrateKbps"] },
            { "pictures of a page", Page with { SnapshotInterval = TimeSpan.FromSeconds(10) }, ["snapshotInterval"] },
            {
                "everything of a mix",
                new()
                {
                    LongestBreak = TimeSpan.FromDays(1),
                    MaxDuration = TimeSpan.FromDays(1),
                    Layout = VideoLayout.Custom,
                    SnapshotInterval = TimeSpan.Zero,
                    SnapshotsOnly = true,
                    Quality = new(0, 5000, 16, 0),
                },
                [
                    "longestBreak",
                    "maxDuration",
                    "layout",
                    "snapshotInterval",
                    "snapshotsOnly",
                    "quality.width",
                    "quality.height",
                    "quality.framesPerSecond",
                    "quality.bitrateKbps",
                ]
            },
        };

    public static TheoryData<string, RecordingPolicy> Fine =>
        new()
        {
            { "defaults", new() },
            {
                "both ends",
                new() { LongestBreak = TimeSpan.FromHours(12), MaxDuration = new(23, 30, 0) }
            },
            {
                "other ends",
                new() { LongestBreak = TimeSpan.Zero, MaxDuration = TimeSpan.FromMinutes(1) }
            },
            { "single streams", Individual },
            { "single voices as sent", Individual with { StreamMode = StreamMode.Original, StreamTypes = StreamTypes.Audio } },
            { "pictures and streams", Individual with { SnapshotInterval = TimeSpan.FromSeconds(5) } },
            { "pictures only", Individual with { SnapshotInterval = TimeSpan.FromHours(1), SnapshotsOnly = true } },
            { "canvas that single streams do not have", Individual with { Quality = new(1, 1, 1, 1), Layout = VideoLayout.Vertical } },
            { "page", Page },
            { "page at both ends", Page with { Quality = new(240, 1920, 5, 50), Mp4 = true } },
            { "page at other ends", Page with { Quality = new(1920, 1080, 60, 6500) } },
        };

    private static RecordingPolicy Individual => new() { Mode = RecordingMode.Individual };

    private static RecordingPolicy Page => new() { Mode = RecordingMode.WebPage };

    [Theory]
    [MemberData(nameof(Broken))]
    [Trait("Rule", "S8")]
    public void S8_Policy_BreakingRules_IsToldAllOfThemWithTheirSources(string name, RecordingPolicy policy, string[] fields)
    {
        var violations = PolicyRules.Check(policy);

        violations.Select(violation => violation.Field).ShouldBe(fields, name);
        violations.ShouldAllBe(violation => violation.Rule.StartsWith("must ", StringComparison.Ordinal) && violation.Rule.EndsWith('.'));
        violations.ShouldAllBe(violation => violation.Value != null && violation.Source.Length > 0);
    }

    [Theory]
    [MemberData(nameof(Fine))]
    [Trait("Rule", "S8")]
    public void S8_Policy_WithinTheRules_IsFine(string name, RecordingPolicy policy) => PolicyRules.Check(policy).ShouldBeEmpty(name);

    [Theory]
    [InlineData("a", true)]
    [InlineData("small-class-2", true)]
    [InlineData("", false)]
    [InlineData("Exam", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("ä", false)]
    [InlineData(null, false)]
    [Trait("Rule", "S8")]
    public void S8_NameOfARoomType_IsOneForAddresses(string? name, bool valid) => RoomTypeName.IsValid(name).ShouldBe(valid);

    [Fact]
    [Trait("Rule", "S8")]
    public void S8_NameOfARoomType_HasAtMost64Characters()
    {
        RoomTypeName.IsValid(new string('a', 64)).ShouldBeTrue();
        RoomTypeName.IsValid(new string('a', 65)).ShouldBeFalse();
    }
}
