using RecordingService.Domain.Recordings;

namespace RecordingService.Domain.Tests.Recordings;

public sealed class ChannelNames
{
    [Theory]
    [InlineData("a")]
    [InlineData("Algebra 7b")]
    [InlineData("!#$%&()+-:;<=.>?@[]^_{}|~,")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public void IsValid_NameThatAgoraTakes_IsTrue(string name) => ChannelName.IsValid(name).ShouldBeTrue();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a*b")]
    [InlineData("a'b")]
    [InlineData("a\"b")]
    [InlineData("a`b")]
    [InlineData("a\tb")]
    [InlineData("a\nb")]
    [InlineData("klasse-ü")]
    [InlineData("数学")]
    [InlineData("１")]
    public void IsValid_NameThatAgoraRefuses_IsFalse(string? name) => ChannelName.IsValid(name).ShouldBeFalse();

    [Fact]
    public void IsValid_TakesExactlyThe89CharactersOfTheDocumentation() =>
        Enumerable.Range(0, 0x3000).Count(code => ChannelName.IsValid(((char)code).ToString())).ShouldBe(89);
}
